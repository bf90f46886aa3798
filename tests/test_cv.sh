#!/usr/bin/env bash
# cvxrelu cv: folds, the table, the choice, the model.
#     test_cv.sh COMMAND
set -u
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/support/cli.sh"

# The first lines of the table: value mean error marks.
table() { sed -n '2,/^$/p' out | sed '/^$/d'; }

"$command" gen spiral --rows 200 --noise 0.1 -o rows.csv >/dev/null 2>&1
"$command" gen spiral --rows 100 --first 200 --noise 0.1 -o test.csv >/dev/null 2>&1
"$command" gen relu-regression --rows 150 --features 5 --noise 0.5 -o sparse.csv \
    >/dev/null 2>&1
convex=(cv convex --data rows.csv --formulation gated-ridge --patterns 20)

# chosen_by RULE: the marks in the table follow the rule (sign 1: higher is better).
chosen_by() {
    table | awk -v rule="$1" -v sign="$2" '
        { mean[NR] = sign * $2; error[NR] = $3
          if ($0 ~ / best/) best = NR
          if ($0 ~ / chosen/) chosen = NR }
        END {
            for (i = 1; i <= NR; i++) if (mean[i] > mean[best]) exit 1
            want = best
            if (rule == "one-se")
                for (i = best; i >= 1; i--)
                    if (mean[i] >= mean[best] - error[best] - 1e-6) want = i
            exit !(best && chosen == want)
        }' || failed "the choice does not follow the rule $1"
}

about="cv convex"
run "${convex[@]}" --path 7 --folds 5 --test test.csv -o m.st --log log.jsonl
exits 0
[ "$(table | wc -l)" = 7 ] || failed "not 7 values"
[ "$(table | awk '{ print $1 }' | paste -sd' ')" = \
    "1 0.316228 0.1 0.0316228 0.01 0.00316228 0.001" ] || failed "other values"
chosen_by one-se 1
chosen=$(table | awk '/chosen/ { print $1 }')
says 'fold 5 of 5'
[ "$(grep -c '"fold":' log.jsonl)" = 35 ] || failed "the log has not 35 runs of folds"
grep -q '"fold":' <(tail -n 1 log.jsonl) && failed "the log does not end with all rows"
cp out by-one-se

about="the model is trained on all rows with the value that is chosen"
run train convex --data rows.csv --formulation gated-ridge --patterns 20 \
    --beta-relative "$chosen" --test test.csv -o again.st
cmp -s m.st again.st || failed "another model"
run eval --model m.st --data test.csv
[ "$(grep '^accuracy' out | awk '{ print $2 }')" = \
    "$(grep '^test_accuracy' by-one-se | awk '{ print $2 }')" ] || failed "test accuracy"

about="a value alone has the scores that it has on the path"
for value in 1 0.1 0.001; do
    run "${convex[@]}" --option beta-relative --values "$value" --folds 5
    [ "$(table | awk '{ print $1, $2, $3 }')" = \
        "$(awk -v v="$value" '$1 == v { print $1, $2, $3 }' by-one-se)" ] ||
        failed "$value: other scores"
done

about="cv --choose best"
run "${convex[@]}" --path 7 --folds 5 --choose best
exits 0
chosen_by best 1
[ "$(sed -n '2,8s/ *chosen//p' by-one-se)" = "$(sed -n '2,8s/ *chosen//p' out)" ] ||
    [ "$(table | awk '{ print $2, $3 }')" = \
        "$(sed -n '2,8p' by-one-se | awk '{ print $2, $3 }')" ] || failed "other folds"

about="cv twice"
run "${convex[@]}" --path 7 --folds 5 -o twice.st
cmp -s m.st twice.st || failed "another model"
about="cv with another seed"
"$command" "${convex[@]}" --path 7 --folds 5 --seed 2 >other 2>err
cmp -s <(head -n 8 out) <(head -n 8 other) && failed "the same folds"

about="mean and standard error of the scores"
run "${convex[@]}" --path 1 --folds 4 --json -q
exits 0
silent err
grep -oE '"scores":\[[^]]*\]' out | tr -cd '0-9.,' | tr ',' '\n' |
    awk -v mean="$(value mean)" -v error="$(value standard_error)" '
        { s += $1; q += $1 * $1; n++ }
        END { m = s / n; e = sqrt((q / n - m * m) / (n - 1))
              exit !(n == 4 && (m - mean)^2 < 1e-20 && (e - error)^2 < 1e-16) }' ||
    failed "not those of its folds"
has folds 4
has rule one-se

about="cv --option takes the best"
run "${convex[@]}" --option patterns --values 2,4,8,16 --folds 3 --json -q
has rule best
run "${convex[@]}" --option patterns --values 2,4,8,16 --folds 3
exits 0
chosen_by best 1
run "${convex[@]}" --option patterns --values 2,4,8,16 --folds 3 --choose one-se
exits 0
chosen_by one-se 1

about="progress of cv"
run cv convex --data rows.csv --formulation relu --patterns 30 --tolerance 0 \
    --max-iterations 300 --path 3 --folds 3 --progress always
grep -qE $'\rfold [123] of 3, beta-relative [0-9.]+, [123] of 3, [0-9.]+ s' err ||
    failed "no line of progress"
tr '\r' '\n' <err | grep -q 'fold 3 of 3: ' || failed "a sentence is lost"

about="a kernel's leave-one-out errors in place of folds"
run cv convex --data rows.csv --formulation kernel --kernel mix --option beta-relative \
    --values 1,0.1,0.01 --json
exits 0
says 'in place of folds'
says 'beta-relative 0.1       leave-one-out accuracy'
error=$(value loo_error)
chosen=$(grep -o '"chosen":"[^"]*"' out | cut -d'"' -f4)
run train convex --data rows.csv --formulation kernel --kernel mix --beta-relative "$chosen" --json
exits 0
has loo_error "$error"
for value in 1 0.1 0.01; do
    run train convex --data rows.csv --formulation kernel --kernel mix \
        --beta-relative $value --json
    awk -v a="$(value loo_error)" -v b="$error" 'BEGIN { exit !(a >= b) }' ||
        failed "penalty $value leaves fewer errors than $chosen"
done
run cv convex --data rows.csv --formulation kernel --kernel mix --option beta-relative \
    --values 1,0.1 --folds 3
exits 0
says 'fold 3 of 3'

about="cv ccp"
run cv ccp --data sparse.csv --path 5 --folds 3
exits 0
head -n 1 out | grep -qE '^lambda-relative +rmse +standard_error$' || failed "head"
chosen_by one-se -1

about="values of any option"
run cv adam --data rows.csv --option layers --values '4;8,4' --max-iterations 5 --folds 3
exits 0
[ "$(table | awk '{ print $1 }' | paste -sd' ')" = "4 8,4" ] || failed "other values"
about="a value that diverges is never chosen"
run cv sgd --data rows.csv --layers 4 --option learning-rate --values 1e200,0.01 \
    --max-iterations 5 --folds 2 --json
exits 0
has chosen 0.01
about="all values diverge"
run cv sgd --data rows.csv --layers 4 --option learning-rate --values 1e200,1e150 \
    --max-iterations 5 --folds 2 -o never.st
exits 5
absent never.st

# stopped_by SIGNAL CODE
stopped_by() {
    about="stopped by SIG$1"
    "$command" cv adam --data rows.csv --layers 50 --option learning-rate --values 0.1,0.01 \
        --max-iterations 1000000 -o stopped.st --log signal.jsonl --checkpoint none.ckpt \
        >out 2>err &
    local process=$!
    until grep -q '^cvxrelu .* rows' err || ! kill -0 $process; do sleep 0.05; done
    until [ -e signal.jsonl ] || ! kill -0 $process; do sleep 0.05; done
    sleep 0.5 # the log is there before the choice begins
    kill -s "$1" $process
    wait $process
    code=$?
    exits "$2"
    says 'stopped before --learning-rate was chosen'
    absent stopped.st
    absent none.ckpt
    silent out
}
stopped_by INT 130
stopped_by USR2 140
says 'there is none yet'

about='a class of one row'
# One row of a class: it is in one fold, and the others lack it.
{ echo a,b,y && seq 40 | awk '{ print $1 % 7 "," $1 % 11 ",u" }' && echo 9,20,v; } >rare.csv
run cv convex --data rare.csv --folds 5 --json -q
exits 0
has outcome converged

refuses 2 "unknown method 'convx'" cv convx
refuses 2 'a method is missing' cv
refuses 2 'needs --values' "${convex[@]}" --option beta
refuses 2 'which option has these values' "${convex[@]}" --values 1,2
refuses 2 "has no option 'x'" "${convex[@]}" --option x --values 1
refuses 2 "has no option 'folds'" "${convex[@]}" --option folds --values 2,3
refuses 2 'only one of them' "${convex[@]}" --option beta --values 1 --path 3
refuses 2 "'x' is not a number" "${convex[@]}" --option beta --values 1,x
refuses 2 'must be from 2' "${convex[@]}" --folds 1
refuses 2 '200 rows do not make 201 folds' "${convex[@]}" --folds 201
refuses 2 'cannot be combined with --beta' "${convex[@]}" --beta 1
refuses 2 '--option NAME --values' cv adam --data rows.csv
refuses 7 'no/such/m.st' "${convex[@]}" -o no/such/m.st

verdict "cross-validation does what it promises"
