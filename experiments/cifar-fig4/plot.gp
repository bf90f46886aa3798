# Loss against seconds.
load style
names = 'rbcd-one-double rbcd-one-single rbcd-all-single rbcd-adapted block-rbcd block-pcg'
set logscale xy
eval 'set xtics '.seconds
set format y powers
set xlabel 'seconds, setup included'
set ylabel 'loss of the network (half the sum of squares)'
set output out.'/loss.svg'
plot for [k = 1:words(names)] out.'/'.word(names, k).'.csv' \
    using 1:3 with linespoints ls k title word(names, k)
