# Condition number against rank; the preconditioners without a rank as levels.
load style
set output out.'/condition.svg'
set logscale xy
set format y powers
set xtics (5, 10, 20, 50, 100, 200, 400)
set xlabel 'rank of the Nystrom sketch'
set ylabel 'condition number of the preconditioned system'
csv = out.'/condition-1.csv'
level(name) = real(system("awk -F, -v w=".name." '$1 == w { print $3 }' ".csv))
picked(name) = "< awk -F, -v w=".name." '$1 == w' ".csv
plain = level('none'); diagonal = level('diagonal'); block = level('block')
plot plain with lines ls 7 title 'none', diagonal with lines ls 8 title 'diagonal', \
    picked('nystrom') using 2:3 with linespoints ls 4 title 'Nystrom', \
    block with lines ls 1 title 'K (ours)', \
    picked('block-nystrom') using 2:3 with linespoints ls 6 title 'K and Nystrom (ours)'
