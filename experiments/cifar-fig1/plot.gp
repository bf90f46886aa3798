# Loss and errors by iteration, a line for each u-step.
load style
steps = 'direct cg diag-pcg nystrom-pcg rbcd block-pcg block-rbcd'
set xlabel 'ADMM iteration'
set xrange [1:30]
set output out.'/loss.svg'
set logscale y
set ylabel 'loss of the recovered network (half the sum of squares)'
plot for [k = 1:words(steps)] out.'/'.word(steps, k).'.csv' using 1:3 with linespoints ls k \
    title word(steps, k), out.'/adam.csv' using 1:3 with lines ls 8 title 'Adam (epochs)'
set output out.'/error.svg'
set ylabel 'share of training rows that are wrong, patterns fixed'
wrong(x) = x < 1 ? 1 - x : NaN
plot for [k = 1:words(steps)] out.'/'.word(steps, k).'.csv' using 1:(wrong($6)) \
    with linespoints ls k title word(steps, k), \
    out.'/adam.csv' using 1:(wrong($4)) with lines ls 8 title 'Adam (epochs)'
