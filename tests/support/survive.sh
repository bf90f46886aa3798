# shellcheck shell=bash
# For test_survive.sh and test_survive_mpi.sh: runs that are killed at random moments, and
# what they leave. $command is the command; everything happens in the present folder.

now() { date +%s%N; }

# A JSON object a line, without what differs from run to run: times, memory, messages.
same_part() {
    sed -E 's/"(seconds|cpu_seconds|peak_memory_bytes|bytes_reduced)":[^,}]*,?//g
            s/"phases":\{[^}]*\},?//g
            s/"spent":\[[^]]*\],?//g' "$1"
}

no_temporaries() {
    local left
    left=$(ls -A | grep -F .tmp-)
    [ -z "$left" ] || failed "left behind: $left"
}

# How often a run is killed, over all of its kinds: CVR_KILLS=200 for the long form.
kills=${CVR_KILLS:-10}

# A seed, so that a failure can be had again.
RANDOM=${CVR_KILL_SEED:-1}

# launch N ARGUMENTS: on N processes, in the background (0: without mpirun); pid is its id.
launch() {
    local processes=$1
    shift
    if [ "$processes" = 0 ]; then
        "$command" "$@" >out 2>err &
    else
        mpirun -n "$processes" "$command" "$@" >out 2>err &
    fi
    pid=$!
}

# finish: waits for it; its exit code to code.
finish() {
    wait "$pid"
    code=$?
}

# kill_one: SIGKILL to the process, or to one of those that mpirun has started.
kill_one() {
    local victims=("$pid")
    if [ "$1" != 0 ]; then
        mapfile -t victims < <(pgrep -P "$pid" -f -- "$command")
        [ ${#victims[@]} -gt 0 ] || victims=("$pid")
    fi
    kill -KILL "${victims[$((RANDOM % ${#victims[@]}))]}" 2>/dev/null
    finish 2>/dev/null
}

# kill_and_resume COUNT N ARGUMENTS: killed COUNT times at random moments of a run, and
# resumed each time, it ends as a run that nobody has killed: same model, result, log.
kill_and_resume() {
    local count=$1 processes=$2 begun length about completed=0 died=0
    shift 2
    about="$processes processes: $*"
    rm -f run.ckpt cut.st cut.jsonl
    begun=$(now)
    launch "$processes" "$@" -o whole.st --log whole.jsonl --json --quiet
    finish
    length=$((($(now) - begun) / 1000000))
    [ "$code" = 0 ] || failed "exit code $code"
    cp out whole.json
    while [ $died -lt "$count" ]; do
        launch "$processes" "$@" -o cut.st --log cut.jsonl --json --quiet \
            --checkpoint run.ckpt --checkpoint-every 0.01 --resume auto
        sleep "$(awk -v t="$length" -v r="$RANDOM" 'BEGIN { print t * r / 32768000 }')"
        if ! kill -0 "$pid" 2>/dev/null; then
            finish
            [ "$code" = 0 ] || failed "after $died kills: exit code $code"
            compare_runs "after $died kills"
            completed=$((completed + 1))
            rm -f run.ckpt cut.st cut.jsonl
            continue
        fi
        kill_one "$processes"
        died=$((died + 1))
        [ -e run.ckpt ] && saved=$((saved + 1))
    done
    launch "$processes" "$@" -o cut.st --log cut.jsonl --json --quiet \
        --checkpoint run.ckpt --checkpoint-every 0.01 --resume auto
    finish
    [ "$code" = 0 ] || failed "at the end: exit code $code"
    compare_runs "at the end, after $died kills"
    no_temporaries
    all_killed=$((all_killed + died))
    all_completed=$((all_completed + completed))
}
saved=0
all_killed=0
all_completed=0

compare_runs() {
    cmp -s whole.st cut.st || failed "$1: another model"
    cmp -s <(same_part whole.json) <(same_part out) || failed "$1: another result"
    cmp -s <(same_part whole.jsonl) <(same_part cut.jsonl) || failed "$1: another log"
}

# until_file FILE: it is there and not empty; gives up after 20 s.
until_file() {
    local i
    for ((i = 0; i < 2000; i++)); do
        [ -s "$1" ] && return
        sleep 0.01
    done
    failed "$1 does not appear"
}

# The kinds of runs that are killed in turn.
families=(
    "train convex --data d.csv --patterns 20 --tolerance 0 --max-iterations 500"
    "train deep --data d.csv --layers 20,10 --tolerance 0 --max-iterations 300"
    "train ccp --data d.csv --solver graph --restarts 20 --lambda-relative 0.01"
    "train adam --data d.csv --layers 20 --max-iterations 60 --schedule cosine"
    "train convex --data d.csv --patterns 15 --primal block-pcg --precision single
     --tolerance 0 --max-iterations 300 --holdout 0.2"
    "train deep --data d.csv --layers 20 --sweep paper --tolerance 0 --max-iterations 200
     --holdout 0.2"
    "train ccp --data d.csv --solver newton --restarts 30 --lambda-relative 0.01"
    "train bfgs --data d.csv --layers 10 --tolerance 0 --max-iterations 150"
    "train convex --data d.csv --formulation gated --solver fista --patterns 20
     --tolerance 0 --max-iterations 500"
    "train sgd --data d.csv --layers 20 --max-iterations 60"
)
