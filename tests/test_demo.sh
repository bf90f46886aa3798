#!/usr/bin/env bash
# The demonstration: what everyone knows beside ours, what a gap is, and what to type next.
#     test_demo.sh COMMAND
set -u
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/support/cli.sh"

"$command" gen spiral --rows 150 --noise 0.05 -o train.csv >out 2>err || failed "gen"
"$command" gen spiral --rows 100 --first 150 --noise 0.05 -o test.csv >out 2>err || failed "gen"
about="demo"
run demo --data train.csv --test test.csv -o shown
exits 0
[ "$(sed -n 1p out | awk '{ print $1, $2 }')" = 'test train' ] || failed "test is not first"
for row in logistic-regression adam relu gated kernel; do
    grep -qE "^$row .* (converged|time-limit|max-iterations)$" out || failed "no row $row"
done
says 'gap: no weights make'
says 'The report, for a browser: shown/report.html'
there shown/report.html
there shown/model.safetensors
[ "$(run info shown/model.safetensors --json; value method)" = convex ] ||
    failed "the model is not the last one's"

about="what to type next"
run demo --data train.csv --test test.csv -o shown
sed -n '/^What to type next:$/,$s/^  //p' err | grep -v YOURS >next
lines next 3
while read -r line; do
    bash -c "$line" >out 2>err </dev/null || failed "this fails: $line"
    there out
done <next

verdict "the demonstration shows what it says"
