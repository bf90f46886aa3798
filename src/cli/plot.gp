# The figures of report.html as SVG files, by gnuplot 5.4 or newer:
#     cd FOLDER && gnuplot plot.gp
set datafile separator ","
set datafile columnheaders
set encoding utf8
set terminal svg size 480,420 dynamic noenhanced font "sans-serif,15" background "#ffffff"
set border 3
set tics nomirror
set grid lc rgb "#b0b0b0" lw 0.6 dt solid
set key below left Left reverse vertical maxcols 1 samplen 4
array colour[8] = ["#0072b2", "#d55e00", "#009e73", "#aa4499", "#a87900", "#555555", "#332288", "#cc3311"]
colour_of(i) = colour[(i - 1) % 8 + 1]
cut(text, most) = strlen(text) > most ? text[1:most - 1] . "\342\200\246" : text

# The SPECs: their labels are data, never part of a command. One that failed has no seconds.
phases = "setup primal prox dual measure reduce other"
stats "phases.csv" using "spec" nooutput
specs = int(STATS_max)
array label[specs]
array done[specs]
any = 0
stats "phases.csv" using (k = int(column("spec")), label[k] = strcol("label"), done[k] = strcol("setup") ne "", any = any || done[k], 1) nooutput
if (!any) { exit }
median(i) = sprintf("curves/%02d-median.csv", i)

# accuracy or r2
score = ""
do for [i = 1:specs] { if (done[i]) { stats median(i) using (score = columnhead(10)[7:*], 1) nooutput } }

# y of a line, undefined where there is none; gaps below 1e-8, and 0, are drawn at it.
y_of(name) = strcol(name) eq "" ? NaN : name[1:3] eq "gap" && real(strcol(name)) < 1e-8 ? 1e-8 : real(strcol(name))
see(y) = y == y ? (there = 1, low = y < low ? y : low, high = y > high ? y : high) : 0
do for [name in sprintf("objective gap train_%s test_%s", score, score)] {
    low = 1e300; high = -1e300; shown = ""
    do for [i = 1:specs] { if (done[i]) {
        there = 0
        stats median(i) using (see(y_of(name)), 1) nooutput
        if (there) { shown = shown . " " . i }
    } }
    if (shown eq "") { continue }
    set ylabel name
    unset logscale y
    if (name eq "gap" || (low > 0 && high > 30 * low)) { set logscale y }
    do for [across in "seconds iteration"] {
        set xlabel across
        set output name[1:strstrt(name . "_", "_") - 1] . (across eq "seconds" ? "-seconds.svg" : "-iterations.svg")
        plot for [i in shown] median(int(i)) using across:(y_of(name . "_q1")):(y_of(name . "_q3")) \
                with filledcurves lc rgb colour_of(int(i)) fs transparent solid 0.18 noborder notitle, \
             for [i in shown] median(int(i)) using across:(y_of(name)) with linespoints \
                lc rgb colour_of(int(i)) dt int(i) pt int(i) + 3 lw 2 ps 0.7 pn 6 title cut(label[int(i)], 40)
    }
}

# A bar a SPEC: a phase begins where those before it end. A mark each 1, 2 or 5 times a power of ten.
until(p) = sum [k = 1:p] column(word(phases, k))
stats "phases.csv" using (until(words(phases))) nooutput
unit = STATS_max > 0 ? 10**floor(log10(STATS_max)) : 1
set terminal svg size 640,150 + 34 * specs dynamic noenhanced font "sans-serif,15" background "#ffffff"
set output "phases.svg"
unset logscale y
unset ylabel
unset grid
set grid xtics lc rgb "#b0b0b0" lw 0.6 dt solid
set xlabel "seconds, medians"
set xtics STATS_max >= 5 * unit ? 2 * unit : STATS_max >= 2 * unit ? unit : unit / 2
set ytics scale 0
set yrange [specs + 0.6:0.4]
set xrange [0:*]
set bmargin 5.5
set key at screen 0.5,0.02 center bottom Left reverse horizontal maxcols 4 samplen 1
set style fill solid 0.85 border lc rgb "#ffffff"
plot for [p = 1:words(phases)] "phases.csv" using (0):"spec":(until(p - 1)):(until(p)) \
    :(column("spec") - 0.36):(column("spec") + 0.36):ytic(cut(label[int(column("spec"))], 22)) \
    with boxxyerror lc rgb colour_of(p) title word(phases, p)
