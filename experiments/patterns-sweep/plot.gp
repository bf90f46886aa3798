# The certified optimum, and test accuracy, against the number of patterns.
load style
set logscale x
set xlabel 'patterns P'
set format y '%g'
set autoscale x
set output out.'/optimum.svg'
set ylabel 'optimum P* of the sampled program: bounds'
plot out.'/optimum.csv' every ::1 using 1:3:xtic(1) with linespoints ls 2 title 'at most', \
    '' every ::1 using 1:2 with linespoints ls 1 title 'at least'
set output out.'/accuracy.svg'
set ylabel 'test accuracy of gated ridge'
kinds = mode eq 'full' ? 'gaussian patch' : 'gaussian'
plot for [k = 1:words(kinds)] out.'/accuracy-'.word(kinds, k).'.csv' every ::1 using 1:2:xtic(1) \
    with linespoints ls k title word(kinds, k).' gates'
