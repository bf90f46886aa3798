#!/usr/bin/env bash
# The same on several processes: killed, stopped, one of them without its data, resumed on
# another number of them.
#     test_survive_mpi.sh COMMAND SOURCES      CVR_KILLS=200: the long form
set -u
export OPENBLAS_NUM_THREADS=1
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/support/cli.sh"
needs_mpi
. "$sources/tests/support/survive.sh"

"$command" gen teacher --rows 300 --features 6 -o d.csv --quiet >out 2>err || failed gen

on() {
    local processes=$1
    shift
    launch "$processes" "$@"
    finish
}

# ---- killed at random moments ----------------------------------------------------------

# Some of the kinds in the short form, all of them on 2 and on 3 processes in the long one.
rounds=$((kills > 20 ? ${#families[@]} : 2))
for ((i = 0; i < rounds; i++)); do
    # shellcheck disable=SC2086
    kill_and_resume $((kills > 20 ? (kills + i) / (2 * rounds) : 1)) 2 ${families[i]}
    # shellcheck disable=SC2086
    [ "$kills" -le 20 ] || kill_and_resume $((kills / (2 * rounds))) 3 ${families[i]}
done
echo "$all_killed kills, $saved of them with a checkpoint there;" \
    "$all_completed runs came to their end in between"

# ---- another number of processes -------------------------------------------------------

finite=(train deep --data d.csv --layers 9,5 --tolerance 0 --json --quiet)
about="saved on 2, resumed on 3"
on 0 "${finite[@]}" --max-iterations 60
cp out whole.json
on 2 "${finite[@]}" --max-iterations 33 --checkpoint two.ckpt
exits 0
on 3 "${finite[@]}" --max-iterations 60 --resume two.ckpt
exits 0
awk -v a="$(value objective whole.json)" -v b="$(value objective)" \
    'BEGIN { d = a - b; if (d < 0) d = -d; exit !(d <= 1e-8 * a) }' ||
    failed "objective $(value objective), not $(value objective whole.json)"

# ---- signals to mpirun -----------------------------------------------------------------

endless=(train convex --data d.csv --patterns 20 --tolerance 0 --max-iterations 1000000
    --measure-every 10 --json --quiet)
begin() {
    rm -f run.ckpt m.st log.jsonl
    launch 3 "${endless[@]}" --log log.jsonl -o m.st --checkpoint run.ckpt "$@"
    until_file log.jsonl
}

about=SIGUSR1
begin
kill -USR1 $pid
until_file run.ckpt

about=SIGUSR2
kill -USR2 $pid
finish
exits 75
there m.st
there run.ckpt

# ---- one process fails -----------------------------------------------------------------

about="one of 3 killed"
begin --checkpoint-every 0.05
until_file run.ckpt
begun=$(now)
kill_one 3
seconds=$((($(now) - begun) / 1000000000))
exits 137
[ $seconds -lt 120 ] || failed "the others stop after $seconds s"
grep -qE 'process rank [0-2] .*(signal 9|Killed)' err || failed "stderr names no process"
on 3 "${endless[@]}" --resume run.ckpt --max-iterations 1
exits 0
[ "$(value iterations)" -gt 1 ] || failed "it does not go on"

about="one of 3 without its data"
mkdir elsewhere
begun=$(now)
mpirun -n 3 bash -c '[ "$OMPI_COMM_WORLD_RANK" != 1 ] || cd elsewhere; exec "$@"' bash \
    "$command" "${endless[@]}" >out 2>err
code=$?
seconds=$((($(now) - begun) / 1000000000))
exits 7
[ $seconds -lt 120 ] || failed "it takes $seconds s"
says 'cvxrelu: error: process 1: cannot read d.csv: No such file'

about="at the end"
no_temporaries
verdict "nothing is lost on several processes"
