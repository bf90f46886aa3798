#!/usr/bin/env bash
# What the command loses when it is killed, stopped or out of room: nothing.
#     test_survive.sh COMMAND SOURCES      CVR_KILLS=200: the long form
set -u
export OPENBLAS_NUM_THREADS=1
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/support/cli.sh"
. "$sources/tests/support/survive.sh"

"$command" gen teacher --rows 300 --features 6 -o d.csv --quiet >out 2>err || failed gen

# ---- killed at random moments ----------------------------------------------------------

for ((i = 0; i < ${#families[@]}; i++)); do
    # shellcheck disable=SC2086
    kill_and_resume $(((kills + i) / ${#families[@]})) 0 ${families[i]}
done
echo "$all_killed kills, $saved of them with a checkpoint there;" \
    "$all_completed runs came to their end in between"

# ---- the same command twice ------------------------------------------------------------

for arguments in "${families[@]}"; do
    about="twice: $arguments"
    for name in one two; do
        # shellcheck disable=SC2086
        run $arguments --max-iterations 20 -o $name.st --json --quiet
        mv out $name.json
    done
    cmp -s one.st two.st || failed "another model"
    cmp -s <(same_part one.json) <(same_part two.json) || failed "another result"
done

# ---- signals ---------------------------------------------------------------------------

endless=(train convex --data d.csv --patterns 20 --tolerance 0 --max-iterations 1000000
    --measure-every 10 --json)
# begin ARGUMENTS: a run that has no end, and has begun.
begin() {
    rm -f run.ckpt m.st log.jsonl
    launch 0 "${endless[@]}" --log log.jsonl -o m.st "$@"
    until_file log.jsonl
}

for pair in INT:130 TERM:143; do
    about="SIG${pair%:*}"
    begin --checkpoint run.ckpt
    kill "-${pair%:*}" $pid
    finish
    exits "${pair#*:}"
    there m.st
    there run.ckpt
    has outcome stopped
    stopped_at=$(value iterations out)
    run "${endless[@]}" --resume run.ckpt --max-iterations $((stopped_at + 5)) --quiet
    exits 0
    has iterations $((stopped_at + 5))
done

about="SIGTERM without a checkpoint"
begin
kill -TERM $pid
finish
exits 143
there m.st
says 'SIGTERM: stopped after '
says 'model written to m.st; --checkpoint FILE would let it go on'

about="SIGTERM twice"
begin
kill -TERM $pid
kill -TERM $pid 2>/dev/null
finish
exits 143

about=SIGUSR1
begin --checkpoint run.ckpt
kill -USR1 $pid
until_file run.ckpt
kill -0 $pid || failed "the run is over"
kill -TERM $pid
finish
exits 143

about=SIGUSR2
begin --checkpoint run.ckpt
kill -USR2 $pid
finish
exits 75
there m.st
there run.ckpt

about="SIGUSR2 without a checkpoint"
begin
kill -USR2 $pid
finish
exits 140
there m.st
says 'which needs --checkpoint'

# ---- before the first iteration ----------------------------------------------------------

# A reader that nobody writes to, and gates that are long in the drawing.
mkfifo pipe
"$command" gen teacher --rows 30 --features 6 -o few.csv --quiet >out 2>err || failed gen
drawing=(train convex --data few.csv --formulation gated --patterns 300000 --json)

# left_by SIGNAL CODE SENTENCE ARGUMENTS: at once, with one sentence and nothing else.
left_by() {
    about="$3, by SIG$1"
    rm -f m.st run.ckpt
    launch 0 "${@:4}" -o m.st --checkpoint run.ckpt
    until [ "$(readlink /proc/$pid/exe)" = "$command" ] &&
        grep -q "^SigCgt:.*[4-7c-f]...$" /proc/$pid/status; do
        sleep 0.01
    done
    [ -z "${waits_for:-}" ] || until grep -q "$waits_for" err; do sleep 0.01; done
    kill "-$1" $pid
    finish
    exits "$2"
    says "SIG$1: stopped before $3; nothing is written"
    silent out
    absent m.st
    absent run.ckpt
}
for pair in INT:130 TERM:143 USR2:140 XCPU:152; do
    left_by "${pair%:*}" "${pair#*:}" "the rows were read" train convex --data pipe
    waits_for='^cvxrelu .* rows' left_by "${pair%:*}" "${pair#*:}" "the set-up was done" \
        "${drawing[@]}"
done

about="no time for a set-up"
rm -f m.st
run "${drawing[@]}" --time-limit 0.01 -o m.st
exits 0
has outcome time-limit
has iterations 0
says 'the time limit of 0.01 s: stopped before the set-up was done; nothing is written'
absent m.st
run "${drawing[@]}" --time-limit 0.01 --strict
exits 4

about="no time to choose a penalty"
run train convex --data few.csv --formulation gated --patterns 100000 --path 3 \
    --time-limit 1 --json
exits 0
has outcome time-limit
says 'half of the time limit is over before any value of --beta-relative was tried'

about="a limit on CPU seconds"
rm -f m.st run.ckpt
(
    ulimit -S -t 1
    "$command" "${endless[@]}" -o m.st --checkpoint run.ckpt >out 2>err
)
code=$?
exits 75
has outcome stopped
there m.st
there run.ckpt
says 'SIGXCPU: stopped after '
says 'model written to m.st; --resume run.ckpt goes on'

about="the log of a run that was stopped"
finite=(train convex --data d.csv --patterns 20 --tolerance 0 --max-iterations 400)
run "${finite[@]}" --log whole.jsonl -o whole.st
rm -f log.jsonl
launch 0 "${finite[@]}" --log log.jsonl -o m.st --checkpoint run.ckpt
until_file log.jsonl
kill -USR2 $pid
finish
[ "$code" = 75 ] || [ "$code" = 0 ] || failed "exit code $code"
run "${finite[@]}" --log log.jsonl -o m.st --resume run.ckpt
exits 0
cmp -s whole.st m.st || failed "another model"
cmp -s <(same_part whole.jsonl) <(same_part log.jsonl) || failed "another log"

about="a finished run"
run "${finite[@]}" --checkpoint run.ckpt --json
cp out first.json
run "${finite[@]}" --resume run.ckpt --json -o m.st
exits 0
cmp -s whole.st m.st || failed "another model"
cmp -s <(same_part first.json) <(same_part out) || failed "another result"
run "${finite[@]}" --resume run.ckpt --max-iterations 410 --json
has iterations 410

about="a penalty that was chosen"
choosing=(train convex --data d.csv --patterns 9 --path 3 --tolerance 0
    --max-iterations 300)
run "${choosing[@]}" -o whole.st --json
cp out whole.json
rm -f run.ckpt
run "${choosing[@]}" --checkpoint run.ckpt
run "${choosing[@]}" --checkpoint run.ckpt --resume auto --json -o m.st
exits 0
grep -q held-out err && failed "it is chosen again"
cmp -s whole.st m.st || failed "another model"
cmp -s <(same_part whole.json) <(same_part out) || failed "another result"

# The job script, with a Slurm that starts one process and stops it soon.
about="the job script"
mkdir slurm
cat >slurm/srun <<'END'
#!/bin/bash
shift
set -- "$@" --tolerance 0 --quiet
"$COMMAND" "$@" &
until [ -s run.jsonl ]; do sleep 0.01; done
kill -USR2 $!
wait $!
END
cat >slurm/scontrol <<'END'
#!/bin/bash
echo "$*" >requeued
END
chmod +x slurm/srun slurm/scontrol
cp d.csv train.csv
rm -f run.ckpt run.jsonl
COMMAND=$command SLURM_JOB_ID=17 PATH=$PWD/slurm:$PATH \
    bash "$sources/docs/slurm.sh" >out 2>err
code=$?
exits 75
there run.ckpt
[ "$(cat requeued)" = "requeue 17" ] || failed "the job is not requeued"

about="gen, interrupted"
launch 0 gen teacher --rows 3000000 --features 20 -o large.csv --quiet
sleep 0.3
kill -TERM $pid 2>/dev/null
finish
no_temporaries
[ "$code" = 0 ] || [ ! -e large.csv ] || failed "half a file"
rm -f large.csv

# ---- two runs --------------------------------------------------------------------------

# Each ends well, says so of the other, and no line of the log is broken.
about="two runs with one log and one checkpoint"
rm -f run.ckpt log.jsonl
shared=("${endless[@]}" --checkpoint run.ckpt --checkpoint-every 0.05 --log log.jsonl
    --measure-every 1)
"$command" "${shared[@]}" >one.json 2>one.err &
one=$!
until_file run.ckpt
"$command" "${shared[@]}" >two.json 2>two.err &
two=$!
until grep -q 'keeps its checkpoint in run.ckpt' one.err; do
    kill -0 $one 2>/dev/null && kill -0 $two 2>/dev/null || break
    sleep 0.02
done
kill -TERM $one $two
wait $one $two
grep -q 'another run keeps its checkpoint in run.ckpt' one.err || failed "one says nothing"
grep -q 'another run keeps its checkpoint in run.ckpt' two.err || failed "two says nothing"
grep -q 'another run writes to log.jsonl' two.err || failed "nothing is said of the log"
grep -vqE '^\{"method":.*\}$' log.jsonl && failed "broken lines"
grep -cq '}{' log.jsonl && failed "two lines in one"
run "${endless[@]}" --measure-every 1 --resume run.ckpt --time-limit 0.01
exits 0

about="no room for a log"
rm -f m.st
run train convex --data d.csv --patterns 20 --max-iterations 40 --log /dev/full -o m.st
exits 7
there m.st
prints '^iterations *40$'
[ "$(grep -c 'cannot write /dev/full: No space left' err)" = 2 ] || failed "not one note"

# ---- files -----------------------------------------------------------------------------

brief=(train convex --data d.csv --patterns 20 --tolerance 0 --max-iterations 30 --json)

about="no room for a checkpoint"
run "${brief[@]}" --max-iterations 10 --checkpoint run.ckpt
cp run.ckpt before.ckpt
rm -f m.st
(
    ulimit -f 64
    "$command" "${brief[@]}" --resume run.ckpt --checkpoint run.ckpt \
        --checkpoint-every 0.001 -o m.st >out 2>err
)
code=$?
exits 7
says "cannot write $work/run.ckpt: File too large"
says 'the previous checkpoint remains'
there m.st
cmp -s run.ckpt before.ckpt || failed "the checkpoint before is lost"
no_temporaries
has iterations 30
run "${brief[@]}" --resume run.ckpt
exits 0

mkdir folder
refuses 7 'cannot write none/run.ckpt: No such file' "${brief[@]}" --checkpoint none/run.ckpt
if [ "$(id -u)" != 0 ]; then
    chmod 555 folder
    refuses 7 'cannot write folder/run.ckpt: Permission' "${brief[@]}" \
        --checkpoint folder/run.ckpt
fi
refuses 7 'none.ckpt: No such file' "${brief[@]}" --resume none.ckpt
refuses 2 'resume auto needs --checkpoint' "${brief[@]}" --resume auto
refuses 2 'name the same file' "${brief[@]}" -o x --checkpoint x
size=$(stat -c %s before.ckpt)
for part in 0 7 100 $((size / 2)) $((size - 1)); do
    head -c "$part" before.ckpt >torn.ckpt
    refuses 3 'torn.ckpt: not a usable checkpoint' "${brief[@]}" --resume torn.ckpt
done
refuses 3 'm.st: it is not a checkpoint' "${brief[@]}" --resume m.st
refuses 3 'before.ckpt: it is a checkpoint, not a model' eval --model before.ckpt --data d.csv
refuses 2 'before.ckpt: --patterns is 20 there and 21 here' "${brief[@]}" --patterns 21 \
    --resume before.ckpt
refuses 2 'before.ckpt: --seed is 1 there and 2 here' "${brief[@]}" --seed 2 \
    --resume before.ckpt
refuses 3 "its method is convex, this run's is deep" train deep --data d.csv \
    --resume before.ckpt
refuses 3 'its training rows are 300, here they are 299' "${brief[@]}" --rows 299 \
    --resume before.ckpt
"$command" gen teacher --rows 300 --features 6 --seed 2 -o other.csv --quiet >out
refuses 3 'its training rows differ' train convex --data other.csv --patterns 20 \
    --tolerance 0 --max-iterations 30 --resume before.ckpt

verdict "nothing is lost"
