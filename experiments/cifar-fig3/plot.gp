# Loss, training errors and test accuracy against seconds.
load style
names = 'direct cg diag-pcg nystrom-pcg rbcd block-pcg adam'
set logscale x
eval 'set xtics '.seconds
set xlabel 'seconds, setup included'
set output out.'/loss.svg'
set logscale y
set format y powers
set ylabel 'loss of the network (half the sum of squares)'
plot for [k = 1:words(names)] out.'/'.word(names, k).'.csv' using 1:3 with linespoints ls k \
    title word(names, k)
set output out.'/train.svg'
set ylabel 'share of training rows that the network has wrong'
plot for [k = 1:words(names)] out.'/'.word(names, k).'.csv' \
    using 1:($4 < 1 ? 1 - $4 : NaN) with linespoints ls k title word(names, k)
unset logscale y
set format y '%g'
set output out.'/test.svg'
set ylabel 'test accuracy'
plot for [k = 1:words(names)] out.'/'.word(names, k).'.csv' using 1:5 with linespoints ls k \
    title word(names, k), \
    out.'/gated-ridge.csv' using 1:5 with points ls 8 ps 1.5 title 'gated-ridge'
