#!/usr/bin/env bash
# What is made of the tables of options: pages, help --json, and of that manual pages and
# completion for bash.
#     test_help.sh COMMAND SOURCE_FOLDER
set -u
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/support/cli.sh"

"$command" help --json >all.json || failed "help --json"
names() { grep -oE "\"$1\":\"[^\"]*\"" all.json | cut -d'"' -f4; }
commands=$("$command" help | sed -n 's/^  \([a-z]*\)  .*/\1/p' | head -n 40 | paste -sd ' ')
[ "$(wc -w <<<"$commands")" -gt 7 ] || failed "commands: $commands"

# ---- help --json -----------------------------------------------------------------------

for name in $commands convex deep ccp adam tolerance beta-relative folds; do
    names name | grep -qx -- "$name" || failed "help --json does not name $name"
done
grep -q '"name":"max-iterations","kind":"integer","help":"[^"]*","default":"1000","min":[01]' \
    all.json || failed "help --json: default and limits of max-iterations"
grep -q '"choices":\["auto","relu","gated","gated-ridge","kernel"\]' all.json || failed "help --json: choices"
grep -q '"code":130,"meaning":' all.json || failed "help --json: exit codes"

# Every option of a command in the JSON is on its page. An object a line; a command's
# object begins the options that follow.
sed 's/"methods":.*//; s/{"name"/\n{"name"/g' all.json >objects
for name in $commands; do
    awk -F'"' -v name="$name" '/"arguments":/ { here = $4 == name; next } here { print $4 }' \
        objects | grep -v '^$' | sort >of-json
    "$command" "$name" --help | grep -oE '^  --[a-z0-9-]+' | cut -c5- | sort -u >of-page
    [ -s of-json ] || failed "$name: no options in help --json"
    [ -z "$(comm -23 of-json of-page)" ] ||
        failed "$name: not on the page: $(comm -23 of-json of-page | paste -sd ' ')"
done

# ---- manual pages ----------------------------------------------------------------------

cmake -DCOMMAND="$command" -DFOLDER="$work/pages" -P "$sources/cmake/Pages.cmake" 2>err ||
    failed "pages are not made"
silent err
for name in '' $commands; do
    page=cvxrelu${name:+-$name}
    cp "pages/man1/$page.1" page.1 || failed "no $page"
    title=${page^^}
    title=${title//-/\\-}
    grep -qF ".TH $title 1 " page.1 || failed "$page: $(grep '^.TH' page.1)"
    for part in NAME SYNOPSIS DESCRIPTION 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
        grep -qx "\.SH \"$part\"" page.1 || failed "$page: no $part"
    done
    if command -v groff >/dev/null; then
        groff -man -ww -z page.1 >warnings 2>&1
        [ ! -s warnings ] || failed "$page: $(head -n 3 warnings)"
        groff -man -Tascii page.1 2>warnings | sed 's/.\x08//g; s/\x1b\[[0-9;]*m//g' >shown
        [ ! -s warnings ] || failed "$page: $(head -n 3 warnings)"
        grep -q 'cvxrelu' shown || failed "$page: nothing is shown"
    fi
    LC_ALL=C grep -q '[^ -~]' page.1 && failed "$page: not ASCII"
done
cp pages/man1/cvxrelu-train.1 page.1
for option in data beta-relative lambda-relative layers learning-rate tolerance; do
    grep -qF -- "\\-\\-${option//-/\\-}" page.1 || failed "cvxrelu-train: no --$option"
done
grep -qF '{auto,\:relu,\:gated,\:gated\-ridge,\:kernel} (default auto): ' page.1 || failed "cvxrelu-train: choices"
grep -qF '\fB\-\-checkpoint\fR\fI FILE\fR' page.1 || failed "cvxrelu-train: no FILE"
grep -qx '\.SH "METHOD convex"' page.1 || failed "cvxrelu-train: no methods"
grep -q 'described in cvxrelu\\-train(1)' pages/man1/cvxrelu-cv.1 || failed "cvxrelu-cv: no methods"
[ "$(find pages/man1 -name '*.1' | wc -l)" = $(($(wc -w <<<"$commands") + 1)) ] || failed "other pages"
run help nothing
exits 2
says "unknown command 'nothing'"

# ---- topics ----------------------------------------------------------------------------

"$command" help convex >short || failed "help convex"
"$command" help train convex >long || failed "help train convex"
cmp -s short long || failed "help convex is not help train convex"
grep -q '^  --formulation WORD  *{auto,relu,gated,gated-ridge,kernel} (default auto): ' short ||
    failed "choices are not before their meaning"
grep -q '^  --gates FILE ' short || failed "a file is not a FILE"
[ "$(awk '{ if (length($0) > most) most = length($0) } END { print most }' short)" -le 90 ] ||
    failed "help convex: lines of more than 90 columns"
grep -q '^Examples$' short || failed "help convex: no examples"
"$command" help results >words || failed "help results"
"$command" gen spiral --rows 40 -o rows.csv >out 2>err || failed "gen"
for method in convex adam; do
    "$command" train $method --data rows.csv --max-iterations 3 --json -q >result 2>err || failed "train $method"
    # Without the objects and lists inside.
    sed -E -e ':a' -e 's/:(\{[^{}]*\}|\[[^][]*\])/:0/g' -e 'ta' result |
        grep -oE '"[a-z0-9_]+":' | tr -d '":' >keys
    while read -r key; do
        grep -q "^  $key " words || failed "help results does not explain $key"
        grep -q "\"key\":\"$key\"" all.json || failed "help --json does not explain $key"
    done <keys
done
"$command" train convex --data rows.csv --max-iterations 3 -q >brief || failed "train"
"$command" train convex --data rows.csv --max-iterations 3 -q -v >all 2>err || failed "train -v"
[ "$(wc -l <brief)" -le 16 ] || failed "the short table has $(wc -l <brief) lines"
[ "$(wc -l <all)" -gt 20 ] || failed "-v has no details"
while read -r key value; do
    case $key in seconds) continue ;; esac
    [ "$value" = "$(awk -v key="$key" '$1 == key { $1 = ""; print substr($0, 2) }' all)" ] ||
        failed "the short table has another $key"
done <brief
rm -f rows.csv

# ---- completion ------------------------------------------------------------------------

cp pages/completions/cvxrelu completion || failed "no completion"
bash -n completion || failed "completion: syntax"
if command -v shellcheck >/dev/null; then
    shellcheck completion || failed "completion: shellcheck"
fi
# shellcheck disable=SC1091
. ./completion
mkdir files
cd files || exit 1
touch rows.csv 'my rows.csv'
mkdir results

# completes WORDS... -- EXPECTED...: the last word may be empty. Answers in any order.
completes() {
    local words=() expected
    while [ "$1" != -- ]; do
        words+=("$1")
        shift
    done
    shift
    expected=$(printf '%s\n' "$@" | sort)
    COMP_WORDS=(cvxrelu "${words[@]}") COMP_CWORD=${#words[@]} COMPREPLY=()
    _cvxrelu 2>../err
    [ ! -s ../err ] || failed "completion of '${words[*]}': $(cat ../err)"
    [ "$(printf '%s\n' "${COMPREPLY[@]}" | sort)" = "$expected" ] ||
        failed "'${words[*]}' completes to '${COMPREPLY[*]}'"
}
completes tr -- train
completes --ver -- --version
completes train con -- convex
completes cv c -- convex ccp cg
completes train convex --for -- --formulation --format
completes train adam --learning -- --learning-rate
completes train adam --formul -- ''
completes train convex --formulation '' -- auto relu gated gated-ridge kernel
completes train convex --formulation gated- -- gated-ridge
completes train convex --formulation = gated- -- gated-ridge
completes train ccp --solver '' -- auto newton graph consensus
completes train deep --loss h -- hinge
completes train convex --loss h -- hinge huber
completes train convex --data '' -- rows.csv 'my rows.csv' results
completes train convex --data my -- 'my rows.csv'
completes train convex -o row -- rows.csv
completes train convex --seed '' -- ''
completes predict --model row -- rows.csv
completes predict --meth -- ''
completes gen sp -- spiral
completes info row -- rows.csv
completes compare --out '' -- results
completes compare con -- convex
completes train deep --layers '' -- ''
completes train convex --gates row -- rows.csv
completes help tr -- train
completes train convex --json --for -- --formulation --format
completes nothing --for -- ''

verdict "every form of help says the same"
