# Where the time goes until 97 %: stacked bars.
load style
set output out.'/phases.svg'
set style data histograms
set style histogram rowstacked
set style fill solid 0.9 border rgb 'white'
set boxwidth 0.7
set ylabel 'seconds until 97 % train accuracy, or the limit'
set xtics rotate by -25
set yrange [0:*]
set key autotitle columnhead
plot out.'/phases.csv' using 2:xtic(1) ls 1 dt 1 title 'setup', '' using 3 ls 2 dt 1 title 'u', \
    '' using 4 ls 3 dt 1 title 'v', '' using 5 ls 4 dt 1 title 'duals and s', \
    '' using 6 ls 8 dt 1 title 'measuring'
