# Loss and pattern accuracy by iteration, a line for each u-step.
load style
steps = 'direct cg diag-pcg nystrom-pcg rbcd block-pcg block-rbcd'
set xlabel 'ADMM iteration'
set xrange [1:30]
set output out.'/loss.svg'
set logscale y
set ylabel 'loss of the recovered network (half the sum of squares)'
plot for [k = 1:words(steps)] out.'/'.word(steps, k).'.csv' using 1:3 with linespoints ls k \
    title word(steps, k), out.'/adam.csv' using 1:3 with lines ls 8 title 'Adam (epochs)'
unset logscale y
set output out.'/accuracy.svg'
set ylabel 'pattern accuracy on the training rows'
set key outside right bottom
plot for [k = 1:words(steps)] out.'/'.word(steps, k).'.csv' using 1:6 with linespoints ls k \
    title word(steps, k), out.'/adam.csv' using 1:4 with lines ls 8 title 'Adam (epochs)'
