# shellcheck shell=bash disable=SC2034
# Read first by the tests of the command, from where they were started:
#     . "$(dirname "$0")/support/cli.sh"
# Everything then happens in a folder of its own. $command is the command, $sources the
# folder of the sources, $about what is being tested.

command=$(readlink -f "$1")
[ -x "$command" ] || { echo "no command: $1"; exit 1; }
sources=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")
work=$(readlink -f "$(mktemp -d)")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset NO_COLOR OMPI_COMM_WORLD_SIZE PMIX_RANK PMI_SIZE SLURM_PROCID
about=
failures=0
code=0

failed() {
    echo "FAILED: ${about:+$about: }$1"
    [ -s out ] && sed 's/^/    out: /' out | head -n 8
    [ -s err ] && sed 's/^/    err: /' err | tail -n 5
    failures=$((failures + 1))
}

# run ARGUMENTS: stdout to out, stderr to err, the exit code to code.
run() {
    "$command" "$@" >out 2>err
    code=$?
}

# Each holds or counts as a failure.
says() { grep -qF -- "$1" err || failed "stderr does not say: $1"; }
prints() { grep -qE -- "$1" out || failed "stdout does not match: $1"; }
exits() { [ "$code" = "$1" ] || failed "exit code $code, not $1"; }
silent() { [ ! -s "$1" ] || failed "$1 is not empty"; }
there() { [ -s "$1" ] || failed "no $1"; }
absent() { [ ! -e "$1" ] || failed "$1 exists"; }
lines() { [ "$(wc -l <"$1")" = "$2" ] || failed "$1 has $(wc -l <"$1") lines, not $2"; }

# refuses CODE SENTENCE ARGUMENTS: an error of one line on stderr, perhaps a hint, and
# nothing on stdout.
refuses() {
    about="cvxrelu ${*:3}"
    run "${@:3}"
    exits "$1"
    says "$2"
    silent out
    [ "$(grep -c '^cvxrelu: error: ' err)" = 1 ] || failed "not one error line"
    [ "$(grep -c '^hint: ' err)" -le 1 ] || failed "more than one hint"
}

# value KEY [FILE]: a number or text of the JSON object in FILE (out), the first of its name.
value() {
    grep -oE "\"$1\":(\"[^\"]*\"|[^],}]*)" "${2:-out}" | head -n 1 | cut -d: -f2- | tr -d '"'
}

# has KEY VALUE: the object in out.
has() { [ "$(value "$1")" = "$2" ] || failed "$1 is $(value "$1"), not $2"; }

# needs_mpi: a test that has nothing to test without it ends.
needs_mpi() {
    if ! command -v mpirun >/dev/null || "$command" info --json | grep -q '"mpi":"none"'; then
        echo "no MPI: nothing to test"
        exit 0
    fi
}

# verdict PROMISE: the end of a test.
verdict() {
    [ $failures = 0 ] || { echo "$failures failures"; exit 1; }
    echo "$1"
}
