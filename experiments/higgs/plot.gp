# Test accuracy against seconds, and the gain from processes.
load style
names = 'admm paper cg sgd adam'
set logscale x
set xlabel 'seconds, setup included'
set ylabel 'test accuracy'
set output out.'/test.svg'
plot for [k = 1:words(names)] out.'/'.word(names, k).'.csv' using 1:3 with linespoints ls k \
    title word(names, k), 0.64 with lines ls 8 title '0.64 (paper)'
unset logscale x
set xlabel 'processes, one thread each'
set ylabel 'speed of an iteration, times one process'
set xtics 1
set xrange [0.8:4.2]
set yrange [0:*]
set output out.'/processes.svg'
plot out.'/processes.csv' every ::1 using 1:2 with linespoints ls 1 title 'measured', \
    x with lines ls 8 title 'linear'
