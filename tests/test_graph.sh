#!/usr/bin/env bash
# Nodes of a graph: training, comparing, evaluating, predicting, and what is refused.
#     test_graph.sh COMMAND
set -u
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/support/cli.sh"

# A ring of 120 nodes, of which the first 60 are of class 0. The features say nothing of
# one node alone; the mean around it says its class.
awk 'BEGIN {
    srand(7)
    for (i = 0; i < 120; i++) {
        class = i >= 60
        known = i % 4 == 0 || i % 4 == 1
        printf "%s", known ? class : "?"
        for (j = 1; j <= 6; j++)
            printf " %d:%.3f", j, 9 * (rand() - .5) + (class ? .8 : -.8) * (j <= 3 ? 1 : -1)
        printf "\n"
        print i, (i + 1) % 120 >"edges"
        print i, (i + 2) % 120 >"edges"
        print i, i % 4 == 0 ? "train" : i % 4 == 1 ? "test" : "none" >"parts"
    }
}' >nodes.svm
nodes=(--data nodes.svm --graph edges)

about="methods"
for method in "deep --layers 8" "convex --formulation gated-ridge" convex "adam --layers 8"; do
    # shellcheck disable=SC2086
    run train $method "${nodes[@]}" --split parts --hops 2 --max-iterations 20 --json -o m.st
    exits 0
    has rows 30
    has features 18
    trained=$(sed -E 's/.*"test_accuracy":([0-9.]+).*/\1/' out)
    run eval --model m.st "${nodes[@]}" --split parts --json
    exits 0
    has rows 30
    has accuracy "$trained"
done

about="hops help"
run train linear "${nodes[@]}" --split parts --json --hops 0
alone=$(sed -E 's/.*"test_accuracy":([0-9.]+).*/\1/' out)
run train linear "${nodes[@]}" --split parts --json --hops 3
joint=$(sed -E 's/.*"test_accuracy":([0-9.]+).*/\1/' out)
awk "BEGIN { exit !($joint > $alone) }" || failed "hops: $joint, without: $alone"

about="compare and cv"
run compare deep:layers=8 linear "${nodes[@]}" --split parts --hops 1
exits 0
says '30 rows, 30 test rows, 12 features and a bias, 2 classes'
run cv deep "${nodes[@]}" --split parts --hops 1 --layers 8 --folds 3 --option ridge --values 0.1,0.01 --json
exits 0

about="a model knows its hops"
run info m.st --json
has hops 2

about="predict all nodes"
run train deep "${nodes[@]}" --split parts --layers 8 --node-rows sum --hops 2 -o m.st
exits 0
run predict --model m.st "${nodes[@]}" -o p.csv
exits 0
lines p.csv 121

about="what is refused"
refuses 2 '--graph without --split' train deep "${nodes[@]}"
refuses 2 '--graph without --split' eval --model m.st "${nodes[@]}"
refuses 2 '--graph EDGES is missing' predict --model m.st --data nodes.svm
refuses 2 'which this command does not read' prune --model m.st --data nodes.svm --density .5 -o x.st
refuses 2 '--hops is for --graph' train deep --data nodes.svm --hops 2
refuses 2 'two test sets' train deep "${nodes[@]}" --split parts --holdout .5
refuses 2 'two test sets' train deep "${nodes[@]}" --split parts --test nodes.svm
refuses 2 '--rows' train deep "${nodes[@]}" --split parts --rows 10
echo 5 500 >>edges
refuses 3 'an edge to node 500, which is unknown' train deep "${nodes[@]}" --split parts
refuses 7 'nowhere' train deep --data nodes.svm --graph nowhere --split parts
run train linear --data nodes.svm --split parts --json
exits 0
has rows 30
run train linear --data nodes.svm --split parts -o plain.st
refuses 2 'looks at no neighbours' predict --model plain.st --data nodes.svm --graph edges

verdict "nodes of a graph are rows"
