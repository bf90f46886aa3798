# shellcheck shell=bash disable=SC2154,SC2016
# Read by bench_solve.sh: keeps what commands say, compares medians with bars.
#
# $out/convex.jsonl holds a line a run
#     {row, case, command, facts, wall, exit, said, result}
# and a line a verdict {row, verdict: {what, bar, median, min, max, ...}}; convex.md is
# made from it alone. A row is a part.

say() {
    printf '%s\n' "$*" >&2
}

skip() {
    say "   skipped: $1"
    note --arg row "$part" --arg skipped "$1"
}

# What the last command said besides what it works on.
last_words() {
    as_typed "$(grep -v -E ': (memory: |convex on )' "$work/said" | tail -n 1)"
}

# measure CASE RUNS COMMAND...: each run a line, with the object `facts` beside it.
measure() {
    local name=$1 runs=$2 k typed
    shift 2
    typed=$(as_typed "$@")
    for ((k = 0; k < runs; k++)); do
        run "$@"
        note --arg row "$part" --arg case "$name" --arg command "${typed#steps }" \
            --argjson facts "${facts:-null}" \
            --argjson wall "$(jq -n "$microseconds / 1e6")" --argjson exit "$code" \
            --arg said "$(last_words)" \
            --argjson result "$(jq -c 'del(.options) | del(..|nulls)' "$work/result")"
    done
}

# last EXPRESSION: of the run that was recorded last.
last() {
    tail -n 1 "$record" | jq "$1"
}

# verdict CASES WHAT OP BAR EXPRESSION [each|mean]: the median over the runs of a case, of
# the worst case whose name matches CASES (mean: the mean over all their runs). OP is <= or
# >=, or - where there is no bar. A run without the number is worse than any.
verdict() {
    local cases=$1 what=$2 op=$3 bar=$4 expression=$5 over=${6:-each}
    jq -c -s --arg row "$part" --arg cases "$cases" --arg what "$what" --arg op "$op" \
        --argjson bar "${bar:-null}" --arg over "$over" --arg date "$today" \
        --arg commit "$commit" '
        (if $op == ">=" then -1e300 else 1e300 end) as $none
        | def middle: (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2;
        [.[] | select(.row == $row and .case and (.case | test($cases)))
             | {case, command, said, value: ([('"$expression"')][0] // $none)}]
        | group_by(if $over == "mean" then 0 else .case end)
        | map((map(.value) | sort) as $v | .[0]
              + {n: ($v | length), min: $v[0], max: $v[-1],
                 median: (if $over == "mean" then ($v | add / length)
                          else ($v | middle) end)})
        | (if $op == ">=" then min_by(.median) else max_by(.median) end) as $worst
        | {row: $row,
           verdict: ($worst | {what: $what, op: $op, bar: $bar, over: $over, n, median, min,
                     max, command, said, date: $date, commit: $commit,
                     pass: (if $op == "<=" then .median <= $bar
                            elif $op == ">=" then .median >= $bar else null end)})}' \
        "$record" >"$work/verdict"
    cat "$work/verdict" >>"$record"
    verdict_lines "$work/verdict" >&2
}

# ---- writing -----------------------------------------------------------------------

# A row of the Markdown table for each verdict of a file.
verdict_lines() {
    jq -r '
        def text: if . == null then "" elif fabs > 1e299 then "none"
            elif . == 0 then "0" elif fabs >= 1e5 or fabs < 1e-2 then
                (fabs | log10 | floor) as $e
                | "\(. / pow(10; $e) * 100 | round / 100)e\($e)"
            elif fabs < 10 then (. * 1e4 | round / 1e4 | tostring)
            else (. * 100 | round / 100 | tostring) end;
        select(.verdict) | .row as $row | .verdict
        | "| \($row) | \(.what) | \(if .bar == null then "" else "\(.op) \(.bar | text)" end)"
          + " | \(if .over == "mean" then "mean " else "" end)\(.median | text)"
          + (if .n > 1 then " (\(.min | text)..\(.max | text))" else "" end)
          + " | \(if .pass == null then "" elif .pass then "PASS" else "SHORT" end)"
          + " | `\(.command)` | \(.date) \(.commit) |"' "$1"
}

# What was said where a bar is missed, and by runs in single precision.
remarks() {
    jq -r 'select(.verdict) | .row as $row | .verdict
           | select(.said != "" and (.pass == false or ($row == "single" and .bar != null)))
           | "- \($row), \(.what): \(.said)"' "$1"
}

machine() {
    "$command" info --json | jq -r --arg model "$(sed -n \
        's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" --arg date "$today" \
        --arg commit "$commit" --arg load "$(cut -d ' ' -f 1-3 /proc/loadavg)" '
        "- processor: \($model), \(.cores) cores, \(.threads) threads used,"
        + " \(.memory_bytes / 1e9 | floor) GB\n- BLAS: \(.blas)\n- BLAS core: \(.blas_core)\n"
        + "- MPI: \(.mpi)\n- cvxrelu \(.version), commit \($commit), compiler \(.compiler)\n"
        + "- \($date), load average at the end: \($load)"'
}

# convex.md: the verdicts of all rows that were ever measured, in the order given.
write_page() {
    local name
    {
        printf '# The convex family, measured\n\n'
        printf 'Written by `benchmarks/bench_solve.sh`; every run is a line of '
        printf '`convex.jsonl`. Numbers are medians\n(least..largest); where a line stands '
        printf 'for several cases it is the worst case and its command.\n'
        printf '`seconds` is the result key: setup included, reading the data not.\n'
        printf '`$WORK/teacher.csv` is made by `cvxrelu gen teacher --rows 400 --features 12 '
        printf -- '--noise 0.1 --seed 7`.\n\n'
        machine
        printf '\n| row | what | bar | median (min..max) | | command | measured |\n'
        printf '|---|---|---|---|---|---|---|\n'
        for name in "$@"; do
            jq -c --arg row "$name" 'select(.row == $row)' "$record" >"$work/row"
            verdict_lines "$work/row"
            jq -r 'select(.skipped) | "| \(.row) | skipped: \(.skipped) | | | | | |"' \
                "$work/row"
        done
        printf '\n'
        remarks "$record"
    } >"$out/convex.md"
    say "written: $(as_typed "$out")/convex.md"
}
