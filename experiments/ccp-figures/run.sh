#!/usr/bin/env bash
# Figures 1 and 2 of the ccp note: a term, its relaxation and its majorisers; two terms whose
# sum has two minima. README.md has the claims.
. "$(dirname "$(dirname "$(readlink -f "$0")")")/lib.sh"

program=$(dirname "$command")/experiments/terms
if [ ! -x "$program" ]; then
    install_packages "${packages[@]}"
    build_in "$build" -DCVR_EXPERIMENTS=ON
    program=$build/experiments/terms
fi

# curves LABEL ARGUMENTS...: $out/LABEL.csv
curves() {
    tell "$1" "$program" "${@:2}"
    mv "$out/$1.json" "$out/$1.csv"
}
curves above single 1 1.6    # touches at w0 = 1.6 >= 0: the whole square
curves below single 1 -0.8   # touches at w0 = -0.8 < 0: flat up to 2 y
curves negative single -1 -1 # y < 0: convex as it is
curves two double 1 1.5

# worst FILE EXPRESSION: the largest value over the lines.
worst() {
    awk -F, -v most=-1e300 "NR > 1 { v = $2; if (v > most) most = v }
        END { printf \"%.3g\", most }" "$out/$1.csv"
}
low=$(for f in above below; do worst $f '$3 - $2'; echo; done | sort -g | tail -n 1)
high=$(for f in above below negative; do worst $f '$2 - $4'; echo; done | sort -g | tail -n 1)
# apart LABEL W0: majoriser less function there.
apart() {
    awk -F, -v w="$2" 'NR > 1 && ($1 - w)^2 < 1e-12 { printf "%.3g", $4 - $2 }' "$out/$1.csv"
}
check "the relaxation lies nowhere above the function" "$low" "<=" 1e-6 "at most $low above"
check "the majorisers lie nowhere below the function" "$high" "<=" 1e-6 "at most $high below"
gap=$(calc "$(apart above 1.6) + $(apart below -0.8)")
check "they touch it where they were made" "$gap" "<=" 1e-12 "apart by $gap"
check "the sum of two terms is not convex: a minimum on either side of zero" \
    "$(awk -F, 'NR > 2 { if (b < a && b < $2) n++ } { a = b; b = $2 } END { print n + 0 }' \
        "$out/two.csv")" ">=" 2 "minima at u = $(awk -F, \
        'NR > 3 && b < a && b < $2 { printf "%s ", u } { a = b; b = $2; u = $1 }' \
        "$out/two.csv")"
# For any data the relaxation is smallest at u = 0: it says nothing of the answer.
fall=$(awk -F, 'NR > 1 && $1^2 < 1e-12 { zero = $3 }
    NR > 1 && $1^2 > 1e-12 && (m == "" || $3 < m) { m = $3 }
    END { printf "%.3g", zero - m }' "$out/two.csv")
check "minimising the relaxation leads away from zero" "$fall" ">" 0 \
    "its value at u = 0 less its least elsewhere: $fall" "u = 0 minimises it for any data"
plot plot.gp
