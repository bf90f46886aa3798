# Test accuracy against seconds.
load style
names = 'admm paper cg sgd adam'
set logscale x
set xlabel 'seconds, setup included'
set ylabel 'test accuracy'
set output out.'/test.svg'
plot for [k = 1:words(names)] out.'/'.word(names, k).'.csv' using 1:3 with linespoints ls k \
    title word(names, k)
