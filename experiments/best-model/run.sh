#!/usr/bin/env bash
# The best test accuracy without a question: `train convex` without options on images, beside
# logistic regression and a network trained by Adam, and the small model of the same kind.
# README.md has the claims.
. "$(dirname "$(dirname "$(readlink -f "$0")")")/lib.sh"
# shellcheck disable=SC2034 # run of lib.sh reads it: the program's own default
papers=()

single=(--precision single --seed 1)
small=(--features conv+hog648 --mirror --components 256 --compact "landmarks=5000")
goal=0.982
if [ $mode = quick ]; then
    images 600 1000
    single+=(--filters 40)
    small=(--components 64 --compact "landmarks=200")
    goal=0.9
else
    images 0
fi

run linear linear "${train[@]}" "${test[@]}"
run adam adam "${train[@]}" "${test[@]}" --layers 100 --max-iterations 60
run default convex "${train[@]}" "${test[@]}" "${single[@]}"
run small convex "${train[@]}" "${test[@]}" "${single[@]}" "${small[@]}"
if [ $mode = full ]; then
    files_mnist
    run mnist-adam adam "${train[@]}" "${test[@]}" --layers 100 --max-iterations 60
    run mnist-default convex "${train[@]}" "${test[@]}" "${single[@]}"
fi

printf '%-15s %8s %8s %12s\n' "" test seconds memory
for label in linear adam default small mnist-adam mnist-default; do
    [ -s "$out/$label.json" ] || continue
    printf '%-15s %8.4f %8.1f %9.0f MB\n' $label "$(figure test_accuracy $label)" \
        "$(figure seconds $label)" "$(calc "$(figure peak_memory_bytes $label) / 1e6")"
done

best=$(figure test_accuracy default)
for other in linear adam; do
    check "the default is right on more test images than $other, $shown" "$best" ">=" \
        "$(figure test_accuracy $other)" "$best against $(figure test_accuracy $other)"
done
check "the default reaches $goal on test images, $shown" "$best" ">=" $goal "$best"
[ $mode = quick ] || check "the default on all of MNIST reaches .99" \
    "$(figure test_accuracy mnist-default)" ">=" 0.99 "$(figure test_accuracy mnist-default)"

# Tables beside five other models, whose scores are in the folder of tables.
if [ $mode = full ] && [ -r "${CVR_SHARED:-}/tables/baselines.json" ] &&
    command -v python3 >/dev/null; then
    python3 "$root/benchmarks/bench_tables.py" --command "$command" | tee "$out/tables.txt"
fi
