# Excess over the lowest objective by time, the three algorithms.
load style
set logscale y
set format y '10^{%L}'
set xlabel 'seconds'
set ylabel 'F / best - 1'
set yrange [1e-12:1]
solvers = 'newton graph consensus'
set logscale x
do for [d in '20 100'] {
    set output out.'/excess-'.d.'.svg'
    plot for [k = 1:words(solvers)] out.'/excess-'.word(solvers, k).'-'.d.'.csv' \
        using 1:2 with linespoints ls k title word(solvers, k)
}
