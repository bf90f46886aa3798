# A term with its relaxation and majorisers; the sum of two terms. Values by the library.
load style
set xlabel 'w'
set ylabel 'value'
set yrange [-0.15:6]
set xrange [-2:4]
set key outside right top width -2
set output out.'/figure1.svg'
plot out.'/above.csv' using 1:2 with lines lc rgb '#bbbbbb' lw 7 title '(max(w, 0) - 1)^2', \
    '' using 1:3 with lines ls 3 lw 3 title 'relaxation', \
    '' using 1:4 with lines ls 1 dt 4 title 'majoriser made at 1.6', \
    out.'/below.csv' using 1:4 with lines ls 2 title 'majoriser made at -0.8'
set output out.'/figure1-negative.svg'
plot out.'/negative.csv' using 1:2 with lines lc rgb '#bbbbbb' lw 7 title '(max(w, 0) + 1)^2', \
    '' using 1:4 with lines ls 1 dt 4 title 'its majoriser'
set xlabel 'u'
set xrange [-3:3]
set yrange [-0.15:8]
set output out.'/figure2.svg'
plot out.'/two.csv' using 1:2 with lines lc rgb '#bbbbbb' lw 7 title 'sum of two terms', \
    '' using 1:3 with lines ls 3 lw 3 title 'its relaxation'
