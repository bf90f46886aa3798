# Colours that colour-blind readers can tell apart (Okabe and Ito), and plain axes. Read by the
# plot scripts, which lib.sh starts with `out` and `style` set.
set terminal svg size 720,440 dynamic background rgb 'white' font 'sans-serif,14'
set datafile separator ','
set datafile missing 'nan'
set border 3 lc rgb '#444444'
set tics nomirror
set autoscale xfix
set grid lc rgb '#dddddd' lt 1 lw 1
set key outside right top noenhanced samplen 2
set style line 1 lc rgb '#0072b2' lt 1 lw 2 pt 7 ps 0.6
set style line 2 lc rgb '#d55e00' lt 1 lw 2 pt 5 ps 0.6 dt 2
set style line 3 lc rgb '#009e73' lt 1 lw 2 pt 9 ps 0.7 dt 3
set style line 4 lc rgb '#cc79a7' lt 1 lw 2 pt 11 ps 0.7 dt 4
set style line 5 lc rgb '#e69f00' lt 1 lw 2 pt 13 ps 0.7 dt 5
set style line 6 lc rgb '#56b4e9' lt 1 lw 2 pt 6 ps 0.7
set style line 7 lc rgb '#000000' lt 1 lw 2 pt 4 ps 0.7 dt 2
set style line 8 lc rgb '#999999' lt 1 lw 2 pt 8 ps 0.7 dt 3
# Powers of ten on logarithmic axes, and seconds.
powers = '10^{%L}'
seconds = '(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)'
