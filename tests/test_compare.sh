#!/usr/bin/env bash
# cvxrelu compare from outside: SPECs, table, JSON, files, failures, interruption.
#     test_compare.sh COMMAND
set -u
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/support/cli.sh"

# compares ARGUMENTS
compares() {
    about="compare $*"
    run compare "$@"
}

# column FILE NAME: the values of a CSV column (no commas inside fields before it).
column() {
    awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i }
        NR > 1 { print $c }' "$1"
}

"$command" gen spiral --rows 120 -o spiral.csv >out 2>err || failed "gen spiral"
small=(--data spiral.csv --patterns 6 --max-iterations 8 --quiet)

# ---- SPECs -----------------------------------------------------------------------------

refuses 2 'an argument is missing' compare --data spiral.csv
refuses 2 "SPEC 'convx': unknown method 'convx'" compare convx "${small[@]}"
says 'did you mean convex?'
refuses 2 "SPEC 'convex:patern=3': unknown option --patern here" compare convex:patern=3 \
    "${small[@]}"
says 'did you mean --patterns?'
refuses 2 "SPEC 'convex:patterns=0': --patterns 0: must be" compare convex:patterns=0 "${small[@]}"
refuses 2 "SPEC 'convex:relu': 'relu' is not option=value" compare convex:relu "${small[@]}"
refuses 2 "SPEC 'convex:label=': the label is empty" compare convex:label= "${small[@]}"
refuses 2 'give --seed outside' compare convex:seed=3 "${small[@]}"
refuses 2 'classes is for all SPECs alike' compare convex:classes=0 "${small[@]}"
refuses 2 'control character' compare "convex:label=$(printf 'a\033[2Jb')" "${small[@]}"
refuses 2 'not in UTF-8' compare "convex:label=$(printf '\377')" "${small[@]}"
refuses 2 '--layers: no SPEC has this option' compare convex --layers 3 "${small[@]}"
refuses 2 "SPEC 'convex': --patterns: 'many' is not a whole number" compare convex \
    --data spiral.csv --patterns many
refuses 2 "two SPECs are called 'convex'" compare convex convex "${small[@]}"
refuses 2 '--data FILE is missing' compare convex --patterns 3

compares deep:layers=5,4,loss=hinge,label=a,b convex:patterns=3 convex "${small[@]}" --json
exits 0
lines out 1
prints '"label":"a,b"'
prints '"layers":"5,4"'
prints '"loss":"hinge"'
prints '"patterns":3,'
prints '"patterns":6,'

printf 'patterns = 5\nholdout = 0.25\nmax-iterations = 4\n' >options
compares convex convex:patterns=3 --data spiral.csv --config options --json --quiet
exits 0
prints '"patterns":5,'
prints '"patterns":3,'
prints '"iterations":4,'

# ---- results ---------------------------------------------------------------------------

compares convex:label=relu convex:formulation=gated,label=gated --holdout 0.25 --seeds 2 \
    --goal 0.5 --out d "${small[@]}"
exits 0
prints '^relu .* max-iterations$'
prints '^gated '
prints 'medians and quartiles of 2 seeds'
prints '^goal: train_accuracy 0.5$'
lines d/results.csv 5
lines d/results.jsonl 4
[ "$(column d/results.csv rows | sort -u)" = 90 ] || failed "rows of the splits"
[ "$(column d/results.csv seed | sort | uniq -c | awk '{ print $1 $2 }' | xargs)" = \
    '21 22' ] || failed "seeds"
for name in 01-seed-1 01-seed-2 02-seed-1 02-seed-2 01-median 02-median; do
    there d/curves/$name.csv
done
lines d/curves/01-seed-1.csv 9
lines d/curves/01-median.csv 9
lines d/phases.csv 3
there d/plot.gp
there d/report.html
[ -z "$(find d -name '*tmp*')" ] || failed "temporary files are left"

# The same splits and gates as those of train with that seed.
about="a run of compare and of train"
"$command" train convex "${small[@]}" --holdout 0.25 --seed 2 --json >out 2>err
objective=$(sed -E 's/.*"objective":([^,]*).*/\1/' out)
grep -F '"label":"relu"' d/results.jsonl | grep -F '"seed":2' |
    grep -qF "\"objective\":$objective," || failed "another objective"

# Five figures: the quartiles are the second, third and fourth of them.
compares convex --holdout 0.25 --seeds 5 "${small[@]}" --json
exits 0
sorted=$(grep -oE '"objective":[0-9.]+' out | cut -d: -f2 | sort -g)
for at in q1:2 median:3 q3:4; do
    grep -qE "\"objective\":\{[^}]*\"${at%:*}\":$(sed -n "${at#*:}p" <<<"$sorted")" out ||
        failed "objective's ${at%:*}"
done

# ---- the folder ------------------------------------------------------------------------

refuses 2 'd is not empty' compare convex --out d "${small[@]}"
says '--overwrite'
echo mine | tee d/notes.txt d/gap-hours.svg >d/gap.gp
earlier=(d/test-seconds.gp d/test-seconds.svg d/phases.gp) # of an earlier version
echo plot | tee "${earlier[@]}" >out
compares convex --out d --overwrite "${small[@]}"
exits 0
lines d/results.csv 2
for name in d/curves/02-seed-1.csv "${earlier[@]}"; do
    absent "$name"
done
for name in d/notes.txt d/gap-hours.svg d/gap.gp; do
    there "$name"
done
refuses 7 'cannot read nowhere.csv' compare convex --out d --overwrite --data nowhere.csv
lines d/results.csv 2
refuses 7 'cannot read nowhere.csv' compare convex --out later --data nowhere.csv
run compare convex --out later "${small[@]}"
exits 0
refuses 7 'cannot make the folder absent/d' compare convex --out absent/d "${small[@]}"
mkdir locked
chmod 500 locked
[ "$(id -u)" = 0 ] || refuses 7 locked compare convex --out locked "${small[@]}"

# ---- failures --------------------------------------------------------------------------

compares 'convex:label=a,"b' "${small[@]}" --out q
grep -q '^"a,""b",convex,1,ok,' q/results.csv || failed "quotes in results.csv"

compares adam:layers=4,learning-rate=1e300,label=bad convex --data spiral.csv \
    --max-iterations 5 --patterns 6 --out f --quiet
exits 5
prints '^bad .*diverged'
prints '^bad: 1 of 1 failed: '
prints '^convex .*max-iterations'
lines f/results.csv 3
grep -q 'numerical failure' f/results.csv || failed "results.csv hides the failure"
# In the bare C locale gnuplot warns that it cannot convert a degree sign.
if command -v gnuplot >/dev/null; then
    (cd f && LC_ALL=C.UTF-8 gnuplot plot.gp) 2>err || failed "plot.gp beside a failure"
    silent err
fi

compares deep:layers=1000000,1000000,label=vast convex:label=small "${small[@]}" --json
exits 6
lines out 1
prints '"label":"vast",.*"failed":1,'
prints '"status":"out of memory"'
prints '"label":"small",.*"failed":0,'

# ---- interruption ----------------------------------------------------------------------

about="Ctrl-C"
"$command" compare convex:label=quick convex:max-iterations=1000000000,label=endless \
    --tolerance 0 --max-iterations 5 --patterns 6 --data spiral.csv --out i --verbose \
    >out 2>err &
running=$!
for _ in $(seq 200); do
    grep -q '^10 iterations' err && break # the second is under way
    sleep 0.05
done
lines i/results.csv 2
kill -INT $running
wait $running
code=$?
exits 130
prints '^quick .*max-iterations'
prints '^endless .*stopped'
lines i/results.csv 3
there i/report.html

# ---- the report ------------------------------------------------------------------------

# results REPORT: the results in it, as JSON.
results() { sed -n 's:^<script type="application/json" id="results">\(.*\)</script>$:\1:p' "$1"; }

# standalone REPORT: nothing is fetched, nothing but the page's own script runs, no label is
# markup, and the results are there.
standalone() {
    ! sed '/^<script>$/,/^<\/script>$/d; s/^<script type.*//' "$1" |
        grep -qiE '<script|<iframe|<img|<link|<[^>]* on[a-z]+=|(src|href)=' ||
        failed "$1 holds what may run or be fetched"
    [ "$(grep -c '<script' "$1")" = 2 ] || failed "$1 has other scripts than its own"
    grep -q "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';" "$1" ||
        failed "$1 does not forbid to fetch"
    [ "$(results "$1" | grep -c .)" = 1 ] || failed "$1 has no results"
    ! results "$1" | grep -q '<' || failed "the results in $1 may end their element"
    [ -z "$(grep -oE "<[^>]* id=[\"'][^\"']*" "$1" | grep -oE ' id=.*' | sort | uniq -d)" ] ||
        failed "$1 has an id twice"
    results "$1" | grep -qF '\u003cscript>' || failed "$1 lacks the label"
    results "$1" | grep -qF '"command":"cvxrelu train convex --data spiral.csv --' ||
        failed "$1 lacks the command lines"
}

# shows REPORT TEXT...: what a browser shows has each text, where node can stand in for one.
shows() {
    command -v node >/dev/null || return 0
    node "$sources/tests/support/page.js" "$1" >shown 2>err || failed "the script of $1 fails"
    for text in "${@:2}"; do
        grep -qF -- "$text" shown || failed "$1 does not show: $text"
    done
}

hostile="</script><script>alert(1)</script><img src=x onerror=y>&\"'\`touch gotcha\`\$(touch gotcha)"
compares "convex:label=$hostile" "convex:primal=direct,label='''; system 'touch gotcha'" \
    "${small[@]}" --holdout 0.2 --seeds 2 --out r
exits 0
absent gotcha
absent r/gotcha
standalone r/report.html
shows r/report.html 'h1 Comparison of 2 SPECs' 'figures 9' "th $hostile" 'td max-iterations' \
    'figcaption Objective against seconds' 'figcaption Test accuracy against iterations' \
    'figcaption Seconds in each phase' "pre cvxrelu compare 'convex:label=" \
    'pre cvxrelu train convex --data spiral.csv ' 'dt processor' 'reads 8 figures by keys' \
    'hides 8 curves of a SPEC' 'scripts 0'
if command -v gnuplot >/dev/null; then
    (cd r && LC_ALL=C.UTF-8 gnuplot plot.gp) 2>err || failed "plot.gp"
    silent err
    [ "$(find r -name '*.svg' -size +1k | wc -l)" = 9 ] || failed "not nine plots"
    absent r/gotcha
fi

# Where models have probabilities, how reliable they are on the test rows of all seeds.
compares convex convex:patterns=5 --data spiral.csv --max-iterations 8 --quiet --holdout 0.3 \
    --seeds 2 --out p
exits 0
results p/report.html | grep -qE '"reliability":\[\{"confidence":0\.[0-9]*,"accuracy":[01]' ||
    failed "p/report.html has no reliability"
results p/report.html | grep -qF '"reliability":[]' || failed "a model without probabilities has some"
shows p/report.html 'figcaption Reliability of probabilities on the test rows'

# The command that the page gives is the same run.
about="a command of the report"
line=$(results r/report.html | grep -oE '"command":"cvxrelu train [^"]*' | head -n 1)
line=${line#*cvxrelu }
# shellcheck disable=SC2086 # words of a command without quotes
"$command" $line --json >out 2>err || failed "$line"
grep -qF "$(sed -E 's/.*("objective":[^,]*).*/\1/' out)," r/results.jsonl ||
    failed "another objective"

compares convex --out r --overwrite "${small[@]}"
exits 0
[ "$(find r -name '*.svg' | wc -l)" = 0 ] || failed "plots of an earlier comparison are left"

compares adam:layers=4,learning-rate=1e300 --data spiral.csv --max-iterations 3 --out a -q
exits 5
shows a/report.html 'li 1 of 1 runs failed.' 'figures 0'
if command -v gnuplot >/dev/null; then
    (cd a && LC_ALL=C.UTF-8 gnuplot plot.gp) 2>err || failed "plot.gp where all have failed"
    silent err
fi

# ---- regression ------------------------------------------------------------------------

"$command" gen teacher --rows 80 --features 3 -o teacher.csv >out 2>err || failed "gen"
compares convex ccp:max-iterations=5 --data teacher.csv --patterns 4 --holdout 0.25 --goal 0 \
    --goal-on test --out t --quiet
exits 0
prints 'test r2'
prints 'goal: test_r2 0'
head -n 1 t/results.csv | grep -q 'test_r2' || failed "no test_r2"
head -n 1 t/curves/01-seed-1.csv | grep -q 'test_r2' || failed "no curve of r2"
shows t/report.html 'figcaption Test r2 against seconds' 'li First to r2 0 on the test rows: '
if command -v gnuplot >/dev/null; then
    (cd t && LC_ALL=C.UTF-8 gnuplot plot.gp) 2>err || failed "plot.gp of a regression"
    there t/test-seconds.svg
fi

verdict "compare does what it promises"
