# Training errors with patterns fixed, against seconds.
load style
names = 'rbcd-one-double rbcd-one-single rbcd-all-single rbcd-adapted block-rbcd block-pcg'
set logscale xy
set xlabel 'seconds, setup included'
set ylabel 'share of training rows that are wrong, patterns fixed'
set output out.'/error.svg'
plot for [k = 1:words(names)] out.'/'.word(names, k).'.csv' \
    using 1:($6 < 1 ? 1 - $6 : NaN) with linespoints ls k title word(names, k)
