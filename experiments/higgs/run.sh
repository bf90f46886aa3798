#!/usr/bin/env bash
# HIGGS, 28-300-1: accuracy against time, and time against processes. README.md has the claims.
. "$(dirname "$(dirname "$(readlink -f "$0")")")/lib.sh"

# ---- which rows -----------------------------------------------------------------------

many=20000 limit=5 its=15
[ $mode = quick ] || many=500000 limit=120 its=30
# The generated rows: all there is in quick mode, else for the times on processes.
gen higgs-like rows.npy --rows $many --seed 5
gen higgs-like tests.npy --rows 10000 --first $many --seed 5
generated=(--data "$out/rows.npy")
train=("${generated[@]}") test=(--test "$out/tests.npy")
shown="generated events"
if [ $mode = full ]; then
    if file=$(first_file higgs/HIGGS.csv.gz); then
        train=(--data "$file" --target 0 --holdout 500000) test=() generated=("${train[@]}")
        shown="HIGGS"
    elif file=$(first_file higgs/higgs-11k.csv.gz); then
        train=(--data "$file") test=(--test "${file%11k.csv.gz}5k-test.csv.gz")
        shown="11000 events of HIGGS"
    else
        say "HIGGS is absent (scripts/download-data.sh higgs): generated events stand in"
    fi
fi

# ---- accuracy against time ------------------------------------------------------------

goal=0.64
compare methods deep:max-iterations=$its,label=admm \
    deep:sweep=paper,max-iterations=$its,label=paper cg:max-iterations=200,label=cg \
    sgd:max-iterations=$its,label=sgd adam:max-iterations=$its,label=adam \
    "${train[@]}" "${test[@]}" --layers 300 --precision single --measure-every 1 \
    --time-limit $limit --goal $goal --goal-on test

declare -A tested when
for method in admm paper cg sgd adam; do
    tested[$method]=$(short "$(median methods $method test_accuracy)")
    when[$method]=$(short "$(median methods $method goal_seconds)")
done
on="on $shown"
check "ADMM reaches $goal on test rows, $on" "${tested[admm]}" ">=" $goal \
    "${tested[admm]}, there after ${when[admm]} s"
check "ADMM as in the paper's order reaches $goal, $on" "${tested[paper]}" ">=" $goal \
    "${tested[paper]}, there after ${when[paper]} s"
check "stochastic gradients do not reach $goal, $on" "$goal" ">" "${tested[sgd]}" \
    "${tested[sgd]}, there after ${when[sgd]} s" "they do"
check "ADMM is there before conjugate gradients (paper: 44 min on a GPU), $on" "${when[admm]}" \
    "<" "$(least "${when[cg]}" $limit)" \
    "${when[admm]} against ${when[cg]} s" "one machine, not 7200 cores"

# ---- time against processes -----------------------------------------------------------

if ! command -v mpirun >/dev/null || "$command" info --json | grep '"mpi": *"none"' >/dev/null; then
    not_claimed "time falls as processes are added" "no MPI"
    exit 0
fi
for processes in 1 2 3 4; do
    run "processes-$processes" deep "${generated[@]}" --layers 300 --precision single \
        --max-iterations 5 --measure-every 5
done
unset processes
# Seconds an iteration, without setup. Setup makes a sweep too: 6 messages for 5 iterations.
each() {
    jq '(.seconds - .phases.setup) / .iterations' "$out/processes-$1.json"
}
alone=$(each 1)
{
    row processes "s an iteration" speed-up "KB reduced an iteration" objective
    for k in 1 2 3 4; do
        row "$k" "$(short "$(each $k)")" "$(short "$(calc "$alone / $(each $k)")")" \
            "$(short "$(calc "$(figure bytes_reduced processes-$k) / 6e3")")" \
            "$(short "$(figure objective processes-$k)")"
    done
} | tee "$out/processes.tsv" | show
{
    echo processes,speedup
    for k in 1 2 3 4; do
        echo "$k,$(calc "$alone / $(each $k)")"
    done
} >"$out/processes.csv"
cores=$(nproc)
most=$((cores < 4 ? cores : 4))
gain=$(calc "$alone / $(each $most)")
check "time falls linearly with processes: $most on $cores cores are at least $(calc "0.8 * $most") times as fast" \
    "$gain" ">=" "$(calc "0.8 * $most")" "$(short "$gain") times" \
    "load average $(cut -d ' ' -f 1 /proc/loadavg) meanwhile"
check "the message does not grow with the rows: at most 0.5 MB an iteration" \
    "$(calc "$(figure bytes_reduced processes-2) / 6")" "<=" 0.5e6 \
    "$(short "$(calc "$(figure bytes_reduced processes-2) / 6e6")") MB, paper's net 0.43"
check "the answer is the same on 1 and on 4 processes (objective to 1e-3, single)" \
    "$(calc "d = $(figure objective processes-1) / $(figure objective processes-4) - 1; d < 0 ? -d : d")" \
    "<=" 1e-3 \
    "$(short "$(figure objective processes-1)" and "$(figure objective processes-4)")"
plot plot.gp
