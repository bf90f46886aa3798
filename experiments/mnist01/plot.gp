# Test errors against iterations and against seconds, of the first split.
load style
names = 'refresh paper printed descent adam'
set logscale xy
set ylabel 'share of test rows that are wrong'
set xlabel 'iterations, steps of descent, or passes of Adam'
set output out.'/iterations.svg'
plot for [k = 1:words(names)] out.'/'.word(names, k).'.csv' \
    using 1:($3 < 1 ? 1 - $3 : NaN) with linespoints ls k title word(names, k)
set xlabel 'seconds, setup included'
set output out.'/seconds.svg'
plot for [k = 1:words(names)] out.'/'.word(names, k).'.csv' \
    using 2:($3 < 1 ? 1 - $3 : NaN) with linespoints ls k title word(names, k)
