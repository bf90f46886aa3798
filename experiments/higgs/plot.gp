# The gain from processes.
load style
set xlabel 'processes, one thread each'
set ylabel 'speed of an iteration, times one process'
set xtics 1
set xrange [0.8:4.2]
set yrange [0:*]
set output out.'/processes.svg'
plot out.'/processes.csv' every ::1 using 1:2 with linespoints ls 1 title 'measured', \
    x with lines ls 8 title 'linear'
