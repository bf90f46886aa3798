#!/usr/bin/env bash
# The command from outside: streams, exit codes, sentences, files.
#     test_cli.sh COMMAND
set -u
# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/support/cli.sh"

# json_keys: names at the top level of the object in out, in order, on one line.
json_keys() {
    sed -E -e ':a' -e 's/:(\{[^{}]*\}|\[[^][]*\])/:0/g' -e 'ta' out |
        grep -oE '"[a-z0-9_]+":' | tr -d '":' | tr '\n' ' '
}

spiral=(--data spiral.csv --patterns 8 --max-iterations 20)

# ---- version and help ------------------------------------------------------------------

about=version
run --version
exits 0
prints '^cvxrelu [0-9]+\.[0-9]+\.[0-9]+$'
silent err

for about in help --help -h; do
    run $about
    exits 0
    prints 'usage: cvxrelu COMMAND'
    silent err
done
for name in train predict eval compare gen convert info demo help; do
    about="$name --help"
    run $name --help
    exits 0
    prints "^cvxrelu $name"
    silent err
done
about="train convex --help"
run train convex --help
exits 0
for option in --formulation --patterns --beta --data --test --holdout --tolerance --output; do
    prints "^  $option"
done
[ -z "$(grep -oE '^  --[a-z-]+' out | sort | uniq -d)" ] || failed "an option twice"
[ "$(awk 'length > 92' out | wc -l)" = 0 ] || failed "a long line"

about="help train convex"
cp out page
run help train convex
cmp -s page out || failed "another page than train convex --help"
refuses 2 "unknown command 'tarin'" help tarin

about="help --json"
run help --json
exits 0
lines out 1
prints '"name":"convex"'
prints '"name":"max-iterations","kind":"integer"'

# ---- usage -----------------------------------------------------------------------------

refuses 2 'a command is missing'
refuses 2 "unknown command 'trian'" trian
refuses 2 'a method is missing' train
refuses 2 "unknown method 'convx'" train convx
says 'did you mean convex?'
refuses 2 'the method comes first' train --data x convex
refuses 2 '--data FILE is missing' train convex
refuses 2 'unknown option --max-iteration here' train convex --max-iteration 3
says 'did you mean --max-iterations?'
refuses 2 '--beta -1: must be at least 0' train convex --beta -1
refuses 2 '--patterns 0: must be from 1 to' train convex --patterns 0
refuses 2 "--patterns: 'many' is not a whole number" train convex --patterns many
refuses 2 "--primal: 'direkt' is not one of" train convex --primal direkt
says 'did you mean --primal direct?'
run gen teacher --rows 60 --features 4 -o cones.csv
refuses 2 '--splitting is for --formulation relu only' train convex --data cones.csv \
    --formulation gated --splitting slack
refuses 2 '--primal is not used by --splitting projection' train convex --data cones.csv \
    --primal cg --splitting projection
about='splittings'
run train convex --data cones.csv --splitting projection --patterns 8 --tolerance 1e-7 --json
prints '"outcome":"converged"'
prints '"solver":"admm projection"'
run train convex --data cones.csv --patterns 8 --splitting slack --json
prints '"solver":"admm direct"'
refuses 2 '--loss hinge is for classes, but the targets are values' train convex \
    --data cones.csv --task regress --loss hinge --formulation gated
run gen spiral --rows 60 -o turns.csv
refuses 2 '--loss softmax is for three classes or more' train convex --data turns.csv \
    --loss softmax --formulation gated
about='probabilities of a loss'
run train convex --data turns.csv --loss logistic --formulation gated --beta-relative 2 \
    -o link.st
run eval --model link.st --data turns.csv --json
prints '"log_loss":0\.69314718' # two classes of 30: the best constant means 1/2 each
refuses 2 '--loss is for --formulation relu, gated and gated-ridge' train convex \
    --data cones.csv --loss huber --formulation kernel
refuses 2 '--group is for --formulation relu and gated' train convex \
    --data cones.csv --group output --formulation gated-ridge
refuses 2 '--group feature is for --formulation gated' train convex \
    --data cones.csv --group feature --formulation relu
refuses 2 '--outer is for --formulation relu' train convex \
    --data cones.csv --outer positive --formulation gated
refuses 2 '--primal is not used with --elastic' train convex \
    --data cones.csv --elastic 1 --primal cg
refuses 2 '--primal is not used with --loss hinge' train convex --data cones.csv \
    --loss hinge --primal cg
refuses 2 '--splitting slack has the squared loss only' train convex --data cones.csv \
    --loss hinge --splitting slack
refuses 2 '--huber-width is for --loss huber only' train convex --data cones.csv \
    --huber-width 2
refuses 2 '--quantile is for --loss quantile only' train convex --data cones.csv \
    --quantile 0.2
awk -F, 'BEGIN { OFS = "," } { print $0, (NR == 1 ? "w" : 1 + NR % 3) }' turns.csv >heavy.csv
awk 'NR > 1 { print 1 + NR % 3 }' turns.csv >w.csv
target=$(head -n 1 turns.csv | awk -F, '{ print $NF }')
awk -F, 'NR > 1 { n[$NF]++ } END { for (k in n) printf "%s%s:%.17g", s++ ? "," : "", k, (NR - 1) / (2 * n[k]) }' \
    turns.csv >balance.txt
about='weights'
run train convex --data heavy.csv --target "$target" --weights w --loss logistic --formulation gated --patterns 8 --json
column=$(value objective)
run train convex --data turns.csv --weights w.csv --loss logistic --formulation gated --patterns 8 --json
[ "$column" = "$(value objective)" ] || failed 'weights of a file are others than those of a column'
run train convex --data turns.csv --loss logistic --formulation gated --patterns 8 --json
[ "$column" != "$(value objective)" ] || failed 'weights are not heeded'
run train convex --data turns.csv --class-weights balanced --formulation gated --patterns 8 --json
column=$(value objective)
run train convex --data turns.csv --class-weights "$(cat balance.txt)" --formulation gated --patterns 8 --json
[ "$column" = "$(value objective)" ] || failed 'balanced weights are others'
head -n 5 w.csv >few.csv
refuses 3 '--weights few.csv: 5 weights for 60 rows' train convex --data turns.csv \
    --weights few.csv --formulation gated
refuses 3 '--weights w.cvs: neither a file that is there nor a column' train convex --data turns.csv \
    --weights w.cvs
refuses 2 "--class-weights: there is no class 'x'" train convex --data turns.csv \
    --class-weights x:2 --formulation gated
run train convex --data turns.csv --weights w.csv --formulation gated-ridge --json
column=$(value loss)
run train convex --data turns.csv --formulation gated-ridge --json
[ "$column" != "$(value loss)" ] || failed 'weights are not heeded by gated-ridge'
run train convex --data turns.csv --weights w.csv --json
[ "$(value solver)" != null ] || failed 'weights are no option of the kernel'
about='a checkpoint with other weights'
tac w.csv >other.csv
run train convex --data turns.csv --normalize none --weights w.csv --loss logistic --formulation gated \
    --patterns 8 --tolerance 0 --max-iterations 20 --checkpoint weighed.ckpt
refuses 3 'its training rows or their weights differ' train convex --data turns.csv --normalize none \
    --weights other.csv --loss logistic --formulation gated --patterns 8 --tolerance 0 --resume weighed.ckpt
refuses 3 'its training rows differ' train convex --data turns.csv --normalize none --loss logistic \
    --formulation gated --patterns 8 --tolerance 0 --resume weighed.ckpt
about='weighted accuracy'
run train convex --data heavy.csv --target "$target" --weights w -o heavy.st --json
weighted=$(value weighted_accuracy)
has train_accuracy "$(value train_accuracy)"
run eval --model heavy.st --data heavy.csv --weights w --json
[ "$weighted" = "$(value weighted_accuracy)" ] || failed 'eval has another weighted accuracy'
run eval --model heavy.st --data heavy.csv --json
[ -z "$(value weighted_accuracy)" ] || failed 'a weighted accuracy without weights'
run train convex --data heavy.csv --target "$target" --weights w --test turns.csv --json
[ "$(value weighted_accuracy)" = "$(value test_accuracy)" ] || failed 'test rows without weights'
run train convex --data heavy.csv --target "$target" --weights w --test heavy.csv --json
[ "$weighted" = "$(value weighted_accuracy)" ] || failed 'a column of test rows is not heeded'
run train convex --data turns.csv --json
[ -z "$(value weighted_accuracy)" ] || failed 'a weighted accuracy without weights'
about='rows without weight'
awk '{ print (NR > 40 ? 0 : $0) }' w.csv >zero.csv
head -n 40 w.csv >few.csv
run train convex --data turns.csv --weights zero.csv --formulation gated --patterns 8 --json
column=$(value objective)
run train convex --data turns.csv --rows 40 --weights few.csv --formulation gated --patterns 8 --json
[ "$column" = "$(value objective)" ] || failed 'rows without weight count'
sed 's/.*/0/' w.csv >zero.csv
refuses 3 'no row has a weight above 0' train convex --data turns.csv --weights zero.csv \
    --formulation gated
for loss in logistic hinge squared-hinge; do
    about="--loss $loss"
    run train convex --data turns.csv --patterns 8 --loss $loss --max-iterations 9999
    prints 'outcome +converged'
    run train convex --data turns.csv --patterns 8 --loss $loss --formulation gated
    prints 'outcome +converged'
done
refuses 2 '--data needs a value' train convex --data
refuses 2 '--data needs a value' train convex --data --json
refuses 2 "unexpected argument 'rows.csv'" train convex rows.csv
says '--data rows.csv'
refuses 2 'unknown option -x' train convex -x
refuses 2 'an argument is missing' gen
refuses 2 'FILE is missing' gen spiral
refuses 2 'square' gen square -o x.csv
refuses 2 '--noise 1e300: must be from 0 to' gen teacher --noise 1e300 -o x.csv
refuses 2 "--resize: '10x' is not a size" train convex --data x --resize 10x
refuses 2 '--model FILE is missing' predict --data x

# ---- generating, converting, information -----------------------------------------------

about="gen spiral"
run gen spiral --rows 200 -o spiral.csv
exits 0
prints '^rows +200$'
run gen spiral --rows 100 --first 200 -o test.csv --json
exits 0
has rows 100
run gen spiral --rows 200 -o again.csv
cmp -s spiral.csv again.csv || failed "not the same twice"

about="convert"
run convert spiral.csv spiral.svm.gz
exits 0
run convert spiral.svm.gz back.csv --json
exits 0
has rows 200
run convert spiral.csv spiral.unknown
exits 2
absent spiral.unknown

about="info FILE"
run info spiral.csv
exits 0
prints '^features +2$'
prints '^task +classify$'
about="info, data through a pipe"
"$command" info <(cat spiral.csv) >out 2>err
code=$?
exits 0
prints '^rows +200$'
about="info"
run info --json
exits 0
for key in version blas_core threads mpi memory_bytes methods; do
    [ -n "$(value $key)" ] || failed "no $key"
done

# ---- training --------------------------------------------------------------------------

about="train"
run train convex "${spiral[@]}" --test test.csv -o m.st --log log.jsonl --json
exits 0
lines out 1
expected="method solver outcome iterations seconds cpu_seconds objective loss train_accuracy \
test_accuracy pattern_accuracy primal_residual dual_residual upper_bound lower_bound gap \
constraint_violation loo_error press pattern_violation active_neurons rows features outputs patterns processes threads \
precision peak_memory_bytes bytes_reduced seed note phases options version "
[ "$(json_keys)" = "$expected" ] || failed "keys $(json_keys)"
has iterations 20
has outcome max-iterations
says '200 rows, 2 features and a bias, 2 classes, 100 test rows'
accuracy=$(value test_accuracy)
objective=$(value objective)
grep -qi nan out log.jsonl && failed "NaN in JSON"
[ "$(tail -n 1 log.jsonl | grep -c '"outcome":"max-iterations"')" = 1 ] ||
    failed "the log does not end with the outcome"
lines log.jsonl 20

about="train convex as it is decides for itself, converges, and says what it did"
run train convex --data spiral.csv --json
exits 0
has outcome converged
says 'formulation kernel, since no option of convex is given'
value solver | grep -q kernel || failed "solver $(value solver)"
about="with an option of the program it means relu"
run train convex --data spiral.csv --patterns 4 --max-iterations 3 --json
exits 0
value solver | grep -q admm || failed "solver $(value solver)"

about="train, table"
run train convex "${spiral[@]}" -q
exits 0
prints '^outcome +max-iterations$'
prints '^train_accuracy +[01]'
! grep -q test_accuracy out || failed "a line for a figure that there is none of"
silent err
about="train, the same again"
run train convex "${spiral[@]}" --json --threads 1
awk -v a="$(value objective)" -v b="$objective" \
    'BEGIN { exit !(a - b <= 1e-9 * b && b - a <= 1e-9 * b) }' ||
    failed "objective $(value objective), not $objective"

about="train -v"
run train convex "${spiral[@]}" -v
says '20 iterations'
grep -q $'\r' err && failed "a progress line into a file"
about="train --progress always"
run train convex "${spiral[@]}" --progress always
grep -q $'\r' err || failed "no progress line"

about="train --strict"
run train convex "${spiral[@]}" --strict --tolerance 0
exits 4
says 'not converged: max-iterations after 20 iterations'
prints '^outcome +max-iterations$'

about="train --holdout"
run train convex "${spiral[@]}" --holdout 50 --json
has rows 150
run train convex "${spiral[@]}" --holdout 0.25 --data test.csv --json
has rows 225
refuses 2 'cannot hold out 2.5 of 200 rows' train convex "${spiral[@]}" --holdout 2.5
refuses 2 '--test-labels is for --test FILE' train convex "${spiral[@]}" --test-labels test.csv
refuses 2 '--beta and --beta-relative: only one' train convex "${spiral[@]}" --beta 1 \
    --beta-relative 0.1
refuses 2 'two test sets' train convex "${spiral[@]}" --holdout 50 --test test.csv

about="train, regression"
run gen teacher --rows 100 --features 4 -o teacher.csv
run train convex --data teacher.csv --patterns 8 --max-iterations 20 --json
exits 0
[ -n "$(json_keys | grep -w train_r2 | grep -w train_rmse)" ] || failed "no r2"
[ -z "$(json_keys | grep -w train_accuracy)" ] || failed "an accuracy"

for method in convex deep ccp linear adam sgd lbfgs cg bfgs; do
    refuses 3 'teacher.csv: no targets to train on' train $method --data teacher.csv --target none -q
done
refuses 2 'teacher.csv is regression' train convex --data teacher.csv -q \
    --target-train-accuracy 0.9
about="a target that every network reaches"
run train convex "${spiral[@]}" --target-train-accuracy 0 --json
has outcome target-reached
has iterations 1
refuses 2 'layer 1 would have the penalties' train deep --data spiral.csv -q \
    --penalty-activation 1e-300
about="train deep --validation"
run train deep --data spiral.csv --layers 8,4 --max-iterations 6 --validation 0.2 --json
exits 0
has rows 160
says 'the best on 40 training rows held out; '
prints '"note":"the model is that of iteration [0-9]+, the best on 40 training rows held out'
prints 'not converged: the tolerance 1e-05 was not reached after 6 iterations'
refuses 2 'cannot hold out 200 of 200 rows' train deep --data spiral.csv --validation 200
refuses 2 '--validation is an option of method deep' train adam --data spiral.csv \
    --validation 0.2
for method in adam sgd lbfgs cg bfgs; do
    about="train $method"
    run train $method --data spiral.csv --layers 8,4 --max-iterations 4 --json -o b.st
    exits 0
    has method $method
    run eval --model b.st --data spiral.csv
    exits 0
done
refuses 2 '--batch is an option of method adam' train cg --data spiral.csv --batch 5
refuses 2 "--layers '8,x'" train adam --data spiral.csv --layers 8,x
about="a run that diverges"
run train sgd --data spiral.csv --learning-rate 1e200
exits 5
says 'try a --learning-rate below 1e+200'
prints '^outcome +diverged$'

about="--config"
printf '# remark\n\ndata = spiral.csv\npatterns=8\n max-iterations = 7\nquiet = yes\n' >c.conf
run train convex --config c.conf --json
exits 0
has iterations 7
silent err
about="the command line comes before --config"
run train convex --config c.conf --json --max-iterations 3
has iterations 3
printf 'data = spiral.csv\npatterns = 0\n' >c.conf
refuses 2 'c.conf:2: --patterns 0: must be' train convex --config c.conf
printf 'paterns = 3\n' >c.conf
refuses 2 'c.conf:1: unknown option --paterns' train convex --config c.conf
says 'did you mean --patterns?'
refuses 7 'nowhere.conf' train convex --config nowhere.conf

# ---- models ----------------------------------------------------------------------------

about="eval"
run eval --model m.st --data test.csv --json
exits 0
has accuracy "$accuracy"
for key in balanced_accuracy auc classes precision recall f1 confusion; do
    prints "\"$key\":"
done
run eval --model m.st --data test.csv
exits 0
prints '^auc +[01]\.?[0-9]*$'
prints '^class +rows +precision +recall +f1$'
prints '^confusion matrix'
lines out 14
about="predict --id"
printf 'who,a,b,label\n"007, x",0,1,no\nNA,1,0,yes\n003,1,2,yes\n,2,2,yes\nz,0,0,no\n' >who.csv
run train convex --formulation gated-ridge --patterns 4 --data who.csv --ignore who -o who.st -q
exits 0
run predict --model who.st --data who.csv
cut -d, -f1,2 out | tail -n +2 >plain
run predict --model who.st --data who.csv --id who
exits 0
[ "$(head -n 1 out)" = who,label,score ] || failed "the header is $(head -n 1 out)"
[ "$(sed -E 's/,(yes|no),.*//' out | tail -n +2 | paste -sd'|')" = '"007, x"|NA|003|""|z' ] ||
    failed "names of rows: $(cat out)"
[ "$(sed -E 's/.*,(yes|no),/\1,/' out | tail -n +2)" = "$(cat plain)" ] || failed "other predictions"
run predict --model who.st --data who.csv --id 0 --json
prints '"columns":\["who","label","score"\],"predictions":\[\["007, x",'
refuses 3 "no column 'whom'" predict --model who.st --data who.csv --id whom
run convert test.csv who.npy -q
refuses 2 'only rows of CSV files have names' predict --model m.st --data who.npy --id 0
about="eval, values"
printf 'a,b,y\n0,1,2.5\n1,0,1\n1,2,5.5\n2,2,6\n3,1,5.25\n' >values.csv
run train convex --formulation gated-ridge --patterns 4 --task regress --data values.csv -o values.st -q
exits 0
run eval --model values.st --data values.csv --json
for key in r2 rmse mae; do
    prints "\"$key\":-?[0-9]"
done
about="info MODEL"
run info m.st --json
exits 0
has kind network
has method convex

about="info CHECKPOINT"
run train convex "${spiral[@]}" --checkpoint at.ckpt --seed 4 --quiet
exits 0
run info at.ckpt
exits 0
prints '^kind +checkpoint$'
prints 'options .*, patterns 8,'
run info at.ckpt --json
exits 0
has kind checkpoint
has method convex
has iterations 20
has rows 200
has seed 4
has precision double
has patterns 8
head -c 1000 at.ckpt >short.ckpt
refuses 3 'short.ckpt: not a usable model or checkpoint: it is cut off in its header' info short.ckpt
head -c 9 at.ckpt >short.ckpt
refuses 3 'short.ckpt: not a usable model or checkpoint: it is cut off in its header' info short.ckpt
for size in $(($(stat -c %s at.ckpt) / 2)) $(($(stat -c %s at.ckpt) - 1)); do
    head -c "$size" at.ckpt >short.ckpt
    refuses 3 'short.ckpt: not a usable checkpoint: tensor' info short.ckpt
    says "bytes after the end of the file"
done
cp at.ckpt flipped.ckpt
printf 'x' | dd of=flipped.ckpt bs=1 seek=$(($(stat -c %s at.ckpt) - 3)) conv=notrunc 2>/dev/null
for use in "info flipped.ckpt" "eval --model flipped.ckpt --data spiral.csv"; do
    # shellcheck disable=SC2086 # words
    refuses 3 'flipped.ckpt: not a usable checkpoint: its checksum does not match' $use
done
about="predict"
run predict --model m.st --data test.csv
exits 0
silent err
lines out 101
[ "$(head -n 1 out)" = label,score ] || failed "$about: no header"
[ "$(tail -n +2 out | cut -d, -f1 | sort -u | wc -l)" = 2 ] || failed "not two classes"
[ "$(tail -n +2 out | grep -cE '^[01],[0-9.]+(e[-+][0-9]+)?$')" = 100 ] || failed "$about: rows"
cp out names
run predict --model m.st --data test.csv -o p.txt
exits 0
cmp -s names p.txt || failed "-o writes something else"
run predict --model m.st --data test.csv -o -
cmp -s names out || failed "-o - is not standard output"
absent ./-
run predict --model m.st --data test.csv --values
[ "$(head -n 1 out)" = value ] || failed "$about --values: no header"
[ "$(grep -cE '^-?[0-9.]+(e[-+][0-9]+)?$' out)" = 100 ] || failed "$about --values"
run predict --model m.st --data test.csv --scores
[ "$(head -n 1 out)" = label,score_0,score_1 ] || failed "$about --scores: no header"
awk -F, 'NR > 1 && ($2 + $3 != 0 || ($3 > 0) != $1) { exit 1 }' out ||
    failed "$about --scores: not those of the labels"
refuses 2 'only one of them' predict --model m.st --data test.csv --scores --values
about="predict --json"
run predict --model m.st --data test.csv --json
exits 0
lines out 1
prints '^\{"rows":100,"columns":\["label","score"\],"predictions":\[\["[01]",[0-9.]+\],.*\]\}$'
run predict --model m.st --data test.csv --json -o p.json
prints '^\{"rows":100,"file":"p.json","seconds":[0-9.e-]+,"rows_per_second":[0-9.e+]+\}$'
about="predict, rows without targets"
cut -d, -f1-2 test.csv >features.csv
run predict --model m.st --data features.csv --target none
exits 0
cmp -s names out || failed "other predictions"

about="rows beyond what a model can take"
printf '1,2,0\n1e308,-1e308,1\n' >beyond.csv
refuses 5 'is not finite' predict --model m.st --data beyond.csv
refuses 5 'is not finite' predict --model m.st --data beyond.csv -o beyond.txt
absent beyond.txt
refuses 5 'beyond.csv: the loss of the network is not finite' eval --model m.st --data beyond.csv

about="a model of described images"
for i in 0 1 2 3 4 5 6 7 8 9; do # records of CIFAR: a label, then 3072 small bytes
    printf "\\$((i % 2))"
    seq $((i * 37)) $((1 + i % 2)) 5000 | head -c 3072 | tr '0-9\n' '\020-\032'
done >images.bin
run train adam --data images.bin --test images.bin --layers 4 --features hog648 \
    --max-iterations 20 -o hog.st --json
exits 0
has features 648
accuracy=$(value test_accuracy)
run eval --model hog.st --data images.bin --json
exits 0
has accuracy "$accuracy"
refuses 2 'hog648 describes images of 32 x 32, not 8 x 8' convert images.bin x.csv \
    --features hog648 --resize 8x8
refuses 3 'rows are not images' train adam --data spiral.csv --features hog648
refuses 2 'there are no such features' train adam --data images.bin --features hog
refuses 2 'rows are not images' train convex --data spiral.csv --features conv
refuses 2 'mirror is for --formulation kernel' train adam --data images.bin --mirror
refuses 2 'too small for the features conv' train convex --data images.bin --resize 6x6 \
    --features conv

about="features of images, chosen by training rows"
run train convex --data images.bin --filters 8 -o auto.st --json
exits 0
says ') on 10 training rows'
press=$(value press)
run train convex --data images.bin --filters 8 -o again.st --json
exits 0
has press "$press"
cmp -s auto.st again.st || failed "another model"
run eval --model auto.st --data images.bin --json
exits 0
run train convex --data images.bin --filters 8 --features auto --mirror \
    --formulation kernel
exits 0
says '--mirror: the least leave-one-out error'
run train convex --data images.bin --features none
exits 0
grep -q 'training rows' err && failed "features are chosen all the same"
refuses 2 'is for --formulation kernel' train convex --data images.bin --features auto \
    --formulation gated
refuses 2 'has no images' train convex --data spiral.csv --features auto

about="components and landmarks make a model smaller"
run train convex --data images.bin --test images.bin --features hog648 --mirror \
    --components 6 --compact landmarks=8 -o small.st --json
exits 0
accuracy=$(value test_accuracy)
run eval --model small.st --data images.bin --json
exits 0
for key in log_loss calibration_error reliability; do
    grep -q "\"$key\":" out || failed "eval has no $key"
done
has accuracy "$accuracy"
refuses 2 'is for --formulation kernel' train convex --data spiral.csv --components 1 \
    --formulation gated
refuses 2 'there are 2 features to make them of' train convex --data spiral.csv \
    --components 2
refuses 2 'it is landmarks=NUMBER' train convex --data spiral.csv --compact 8

about="a model of another program"
header='{"W1":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}'
{
    printf "\\x$(printf %02x ${#header})\\0\\0\\0\\0\\0\\0\\0%s" "$header"
    printf '\0\0\200\077\0\0\0\100' # 1 and 2
} >foreign.st
printf '3,4\n-1,0.5\n' >two.csv
run predict --model foreign.st --data two.csv --target none
exits 0
[ "$(paste -sd' ' out)" = 'value 11 0' ] || failed "not x + 2 y"

tail -n +2 teacher.csv >nameless.csv
refuses 3 'rows have 5 columns, 2 features and perhaps the target are expected' \
    eval --model m.st --data nameless.csv
refuses 3 "the model does not know class '" eval --model m.st --data teacher.csv
refuses 3 'not a usable model or checkpoint: it does not begin' eval --model spiral.csv --data spiral.csv
refuses 7 'nothing.st' eval --model nothing.st --data spiral.csv
size=$(stat -c %s m.st)
for at in 0 3 9 40 $((size / 2)) $((size - 1)); do
    cp m.st damaged.st
    byte=$(od -An -tu1 -j "$at" -N 1 m.st)
    printf "\\x$(printf %02x $((byte ^ 1)))" | dd of=damaged.st bs=1 seek="$at" conv=notrunc \
        2>/dev/null
    refuses 3 'damaged.st' eval --model damaged.st --data spiral.csv
done
for at in 0 7 8 100 $((size - 1)); do
    head -c "$at" m.st >short.st
    refuses 3 'short.st' eval --model short.st --data spiral.csv
done

# ---- data that cannot be used ----------------------------------------------------------

refuses 7 'nothing.csv' train convex --data nothing.csv
refuses 7 'cannot read .' train convex --data .
: >empty.csv
refuses 3 'empty.csv: the file is empty' train convex --data empty.csv
printf 'a,b,y\n1,2,0\n3,nan,1\n' >nan.csv
refuses 3 'nan.csv:3: column 2' train convex --data nan.csv
printf 'a,b,y\n1,2,0\n3,inf,1\n' >inf.csv
refuses 3 'inf.csv:3: column 2' train convex --data inf.csv
printf 'a,b,y\n1,2,0\n3,1\n' >ragged.csv
refuses 3 'ragged.csv:3:' train convex --data ragged.csv
printf 'a,b,y\n1,x,0\n3,4,1\n' >word.csv
refuses 3 "'x'" train convex --data word.csv --format csv
head -c 5000 /dev/zero >records.bin
refuses 3 'records.bin' train convex --data records.bin --format cifar10
refuses 3 'features' train convex "${spiral[@]}" --test teacher.csv --task classify
refuses 3 'gates' train convex "${spiral[@]}" --gates teacher.csv
for file in empty.csv nan.csv ragged.csv; do
    refuses 3 "$file" convert $file never.npy
    absent never.npy
done

# ---- output that cannot be written -----------------------------------------------------

for arguments in "--version" "help" "train convex --help" "info" "help --json" \
    "predict --model m.st --data test.csv" "eval --model m.st --data test.csv"; do
    about="cvxrelu $arguments >/dev/full"
    # shellcheck disable=SC2086 # words
    "$command" $arguments >/dev/full 2>err
    code=$?
    : >out
    exits 7
    says 'No space left on device'
done
for arguments in "gen spiral --to npy" "convert spiral.csv /dev/full --to csv" \
    "predict --model m.st --data test.csv" "train convex ${spiral[*]} -q" \
    "cv convex --data spiral.csv --patterns 4 --path 2 -q" "train convex ${spiral[*]} -q \
--checkpoint"; do
    about="cvxrelu $arguments, a full disk"
    case $arguments in
        convert*) ;;
        *--checkpoint) arguments+=" /dev/full" ;;
        *) arguments+=" -o /dev/full" ;;
    esac
    # shellcheck disable=SC2086 # words
    run $arguments
    exits 7
    says 'cannot write /dev/full: No space left on device'
    [ -c /dev/full ] || failed "the device is replaced"
done
for arguments in "help --json" "help train convex" "gen spiral -o piped.csv"; do
    about="cvxrelu $arguments into a pipe that is closed"
    # shellcheck disable=SC2086 # words
    (trap '' PIPE; sleep 0.2; "$command" $arguments 2>err; echo $? >code) | :
    code=$(cat code)
    exits 141
    silent err
done
about="a file that grows beyond the limit"
run gen spiral --rows 100 -o grows.csv
cp grows.csv before.csv
(
    ulimit -f 4
    run gen spiral --rows 20000 -o grows.csv
    exit "$code"
)
code=$?
exits 7
says 'grows.csv: File too large'
cmp -s grows.csv before.csv || failed "the file before it is lost"
about="train, a full disk for the result"
"$command" train convex "${spiral[@]}" -q -o kept.st >/dev/full 2>err
code=$?
exits 7
there kept.st
about="train, a full disk for the log"
run train convex "${spiral[@]}" --log /dev/full
exits 7
says 'cannot write /dev/full: No space left on device'
about="train, a log that grows beyond the limit"
(
    ulimit -f 4
    run train convex "${spiral[@]}" --log long.jsonl
    exit "$code"
)
code=$?
exits 7
says 'cannot write long.jsonl: File too large'
about="predict reads LIBSVM rows as the model's training rows were read"
printf '1 0:1 1:2\n-1 0:2 3:1\n1 0:3 1:1\n-1 1:2 2:5\n' >base0.svm
printf '1 1:2 3:1\n-1 1:1 2:2\n' >ambiguous.svm
run train convex --data base0.svm --patterns 5 -o base0.st
run predict --model base0.st --data ambiguous.svm --values
cp out by-model
run predict --model base0.st --data ambiguous.svm --values --libsvm-base 0
cmp -s by-model out || failed "base 0 is lost"
run predict --model base0.st --data ambiguous.svm --values --libsvm-base 1
cmp -s by-model out && failed "--libsvm-base is not heard"

about="a path of penalties ends with the best one"
run train convex --data spiral.csv --formulation gated-ridge --patterns 20 --path 3 --json
exits 0
prints '"beta-relative":(1|0.0316228|0.001)[,}]'
refuses 2 'path' train convex --data spiral.csv --path 3 --beta 1

about="a path of penalties of ccp sets lambda-relative"
run gen relu-regression --rows 200 --features 5 -o sparse.csv
run train ccp --data sparse.csv --path 3 --json
exits 0
prints '"lambda-relative":(1|0.0316228|0.001)[,}]'
prints '"outcome":"converged"'
refuses 2 'path' train ccp --data sparse.csv --path 3 --lambda 1

about="a model of ccp predicts what its training measured"
run train ccp --data sparse.csv --lambda-relative 0.05 -o sparse.st --json
exits 0
rmse=$(grep -o '"train_rmse":[0-9.e-]*' out)
run eval --model sparse.st --data sparse.csv --json
exits 0
grep -qF "$(printf '%.12s' "${rmse#*:}")" out || failed "not ${rmse#*:}"

about="above lambda_max zero is proved, and is a model"
run train ccp --data sparse.csv --no-bias --lambda-relative 1 -o zero.st
exits 0
says 'globally optimal'
run eval --model zero.st --data sparse.csv
exits 0

# ---- onnx ------------------------------------------------------------------------------

about="a model becomes an ONNX file"
run train convex --data spiral.csv --formulation relu --patterns 10 --max-iterations 5 -o relu.st
exits 0
run convert relu.st relu.onnx --fold --json
exits 0
prints '"format":"onnx","opset":13,"features":2'
grep -q Relu relu.onnx || failed "no Relu in the file"

about="what cannot be an ONNX file is refused"
refuses 2 'ONNX' convert relu.st relu.csv
refuses 2 'fold' convert spiral.csv spiral2.csv --fold
run train convex --data spiral.csv --formulation kernel --kernel relu -o kernel.st
refuses 2 'single precision' convert kernel.st kernel.onnx
[ ! -e kernel.onnx ] || failed "a file was left"

about="a kernel of components that is trained in single precision"
run train convex --data spiral.csv --formulation kernel --kernel relu --components 1 --precision single -o single.st
exits 0
run convert single.st single.onnx
exits 0

about="a gated network becomes a ReLU network"
gates=(--formulation gated --patterns 10 --tolerance 1e-3)
run train convex --data spiral.csv "${gates[@]}" -o gated.st --json
exits 0
run convert gated.st converted.st --convert h-shift --data spiral.csv --json
exits 0
prints '"train_rows_changed":0,"train_rows":200,"train_accuracy":([0-9.]+),"train_accuracy_before":\1[,}]'
run eval --model converted.st --data spiral.csv
exits 0
run prune --model converted.st --data spiral.csv --density 0.8 -o pruned.st
exits 0
run convert gated.st converted.onnx --convert min-sum --data spiral.csv
exits 0
grep -q Relu converted.onnx || failed "no Relu in the file"
run train convex --data spiral.csv "${gates[@]}" --convert short-shift -o direct.st --json
exits 0
prints '"gap":null.*"conversion":\{"way":"short-shift".*"train_rows_changed":0'
refuses 2 'training rows: --data FILE is missing' convert gated.st relu.st --convert h-shift
refuses 2 'ReLU network already' convert converted.st again.st --convert h-shift --data spiral.csv
refuses 2 '-o FILE is missing' train convex --data spiral.csv "${gates[@]}" --convert h-shift
refuses 2 'is for gated networks' train convex --data spiral.csv --patterns 5 \
    --convert h-shift -o x.st
refuses 2 '--convert is for models' convert spiral.csv x.csv --convert h-shift
refuses 2 'NAME.safetensors or NAME.onnx' convert gated.st x.csv --convert h-shift --data spiral.csv

about="a network refined by its own patterns, and all patterns of few rows"
run train lbfgs --data spiral.csv --layers 6 --loss squared --max-iterations 20 -o shallow.st
exits 0
run train convex --data spiral.csv --start shallow.st --refine 0 --beta 0.1 --json -o refined.st
exits 0
prints '"pattern_violation":[1-9]'
prints '"lower_bound":null'
run eval --model refined.st --data spiral.csv
exits 0
run train convex --data spiral.csv --start shallow.st --beta 0.1 --json
exits 0
prints '"patterns":6'
run train convex --data spiral.csv --rows 12 --enumerate --json
exits 0
says 'patterns of these rows: bounds are those of the whole problem'
refuses 2 'few rows in few dimensions' train convex --data spiral.csv --enumerate
refuses 2 'its neurons have 2 inputs' train convex --data teacher.csv --start shallow.st
run train convex --data teacher.csv --formulation kernel --components 2 --compact gates=5 -o components.st
exits 0
refuses 2 'its neurons have 2 inputs' train convex --data teacher.csv --start components.st

about="a model card says what a model is"
run info relu.st --card
exits 0
prints '^# relu.st$'
prints 'kind \| ReLU network \|'
prints 'cvxrelu train convex'
prints '`patterns` \| 10 \|'
refuses 2 'card' info spiral.csv --card
refuses 2 'card' info --card
refuses 2 'card' info relu.st --card --json

# ---- prune -----------------------------------------------------------------------------

about="prune"
run train adam --data spiral.csv --layers 20,10 --max-iterations 30 -o dense.st
exits 0
run prune --model dense.st --data spiral.csv --test test.csv --density 0.4 -o few.st --json
exits 0
[ "$(json_keys)" = "method solver outcome iterations seconds cpu_seconds objective loss \
train_accuracy test_accuracy pattern_accuracy primal_residual dual_residual upper_bound \
lower_bound gap constraint_violation loo_error press pattern_violation active_neurons rows features outputs patterns \
processes threads precision peak_memory_bytes bytes_reduced seed note phases options version \
loss_before train_accuracy_before test_accuracy_before weights kept density error layers " ] ||
    failed "keys $(json_keys)"
has weights 250
prints '"kept":100,'
[ "$(awk "BEGIN { d = $(value seconds) - $(value setup) - $(value primal) - $(value measure)
    print (d < 1e-6 && d > -1e-6) }")" = 1 ] || failed "$about: phases are not the seconds"
prints '"solver":"l0"'
after=$(value test_accuracy)
run eval --model few.st --data test.csv --json
has accuracy "$after"
run info few.st
prints 'method prune'
prints 'from method adam'
run prune --model few.st --data spiral.csv --density 1
exits 0
prints '^ +3 +10 +1 '
prints '^error +0$'

about="prune, rows without targets"
cut -d, -f1,2 spiral.csv >bare.csv
run prune --model dense.st --data bare.csv --target none --error 0.3 --mode magnitude-refit \
    --cascade no --json
exits 0
has train_accuracy null
has outcome target-reached

about="prune a convex model by a penalty"
run prune --model m.st --data spiral.csv --mode l1 --lambda-relative 0.01 -o l1.st --json
exits 0
prints '"gap":[0-9]'

refuses 2 'one of --density, --error and --lambda-relative' prune --model m.st --data test.csv
refuses 2 'not more' prune --model m.st --data test.csv --density 0.1 --error 0.1
refuses 2 'density' prune --model m.st --data test.csv --density 1.5
refuses 2 'density' prune --model m.st --data test.csv --density 0
refuses 2 'does not take a lambda' prune --model m.st --data test.csv --lambda-relative 0.1
refuses 2 '--model FILE is missing' prune --data test.csv --density 0.1
printf 'x0,z,y\n1,2,0\n3,4,1\n' >other.csv
refuses 3 'other.csv: no column x1, which the model or the first data have' prune --model m.st \
    --data other.csv --density 0.1
refuses 7 'no/such/p.st' prune --model m.st --data test.csv --density 0.1 -o no/such/p.st

about="predict into a pipe that closes"
run gen spiral --rows 20000 -o long.csv
"$command" predict --model m.st --data long.csv --values 2>err | head -n 1 >out
code=${PIPESTATUS[0]}
exits 141
silent err
for arguments in "gen spiral --rows 20000 -o -" "convert long.csv - --to csv -q" \
    "predict --model m.st --data long.csv --values -o -"; do
    about="cvxrelu $arguments into a pipe that closes"
    # shellcheck disable=SC2086 # words
    "$command" $arguments 2>err | head -n 1 >out
    code=${PIPESTATUS[0]}
    exits 141
    silent err
    there out
done
about="standard input and output"
"$command" gen spiral --rows 200 -o - >whole.csv 2>err
code=$?
exits 0
lines whole.csv 201
silent err
run predict --model m.st --data whole.csv --values -o whole.txt
gzip -c whole.csv | "$command" predict --model m.st --data - --values -o - >piped.txt 2>err
cmp -s whole.txt piped.txt || failed "data from a pipe are others"
"$command" predict --model m.st --data - --values <whole.csv >piped.txt 2>err
cmp -s whole.txt piped.txt || failed "data from standard input are others"
"$command" convert - - --to libsvm <whole.csv 2>err | "$command" convert - - 2>err >back.csv
cmp -s whole.csv back.csv || failed "rows that went through two pipes are others"
"$command" compare adam:layers=3 sgd:layers=3 --data - --max-iterations 2 -q <whole.csv >out 2>err
code=$?
exits 0
cat whole.csv | "$command" compare adam:layers=3 sgd:layers=3 --data - --max-iterations 2 -q \
    >out 2>err
code=$?
exits 0
run predict --model m.st --data whole.csv --json
prints '^\{"rows":200,"columns":\["label","score"\],"predictions":\[\["[01]",.*\]\]\}$'
lines out 1
refuses 2 'standard input (-) is named 2 times' train convex --data - --test -
refuses 2 'standard output (-) is used for the result' train convex "${spiral[@]}" -o -
refuses 7 'cannot read /dev/zero: it is a device' info /dev/zero
about="a file of zeroes"
head -c 100000 /dev/zero >zero.bin
refuses 3 'zero.bin: the file begins with 32768 bytes of zero' info zero.bin
about="a line without an end"
head -c 40000000 /dev/zero | tr '\0' 1 | gzip >line.csv.gz
refuses 3 'line.csv.gz: line 1 takes 32 MiB or more, which' info line.csv.gz
refuses 7 'cannot read /proc/self/mem: Input/output error' info /proc/self/mem
refuses 7 'cannot write /dev/full: No space' predict --model m.st --data long.csv --values \
    -o /dev/full

refuses 7 'no/such/m.st' train convex "${spiral[@]}" -o no/such/m.st
refuses 7 'no/such/p.txt' predict --model m.st --data test.csv -o no/such/p.txt
refuses 7 'no/such/g.csv' gen spiral -o no/such/g.csv
refuses 7 'spiral.csv/m.st' train convex "${spiral[@]}" -o spiral.csv/m.st
mkdir folder
for option in --output --checkpoint --log; do
    refuses 7 'cannot write folder: Is a directory' train convex "${spiral[@]}" $option folder
done
cp spiral.csv precious.csv
ln -s precious.csv link.csv
precious=(--data precious.csv --patterns 8 --max-iterations 3)
for option in --output --checkpoint --log; do
    refuses 2 "--data and $option name the same file" train convex "${precious[@]}" $option link.csv
done
refuses 2 '--data and --output name the same file' predict --model m.st "${precious[@]:0:2}" \
    -o precious.csv
refuses 2 '--test and --output name the same file' prune --model m.st --data spiral.csv \
    --test precious.csv --density 0.5 -o precious.csv
cmp -s spiral.csv precious.csv || failed "data were overwritten"
refuses 2 '--output and --log name the same file' train convex "${spiral[@]}" -o new --log new
refuses 2 '--checkpoint and --log name the same file' train convex "${spiral[@]}" \
    --checkpoint new --log new
about="train, results that nobody wants"
run train convex "${spiral[@]}" -o /dev/null --log /dev/null
exits 0
if [ "$(id -u)" != 0 ]; then
    mkdir locked
    chmod 555 locked
    refuses 7 'locked/m.st' train convex "${spiral[@]}" -o locked/m.st
    absent locked/m.st
fi
[ -z "$(find . -name '*.tmp*' -o -name '.*tmp*')" ] || failed "a temporary file is left"

# ---- too little memory -----------------------------------------------------------------

if [ -z "${CVR_SANITIZED:-}" ]; then
    about="train, too little memory"
    (
        ulimit -v 1500000
        run train convex --data spiral.csv --patterns 1000000
        exit "$code"
    )
    code=$?
    exits 6
    says 'cvxrelu: error: '
    silent out
fi

# ---- signals ---------------------------------------------------------------------------

# interrupted SIGNAL CODE: a run that would last long ends with a model and a result.
interrupted() {
    about="train, SIG$1"
    rm -f stopped.st log.jsonl
    "$command" train convex --data spiral.csv --patterns 8 --max-iterations 1000000000 \
        --tolerance 0 -o stopped.st --log log.jsonl --json >out 2>err &
    local process=$!
    for _ in $(seq 100); do
        [ -s log.jsonl ] && break
        sleep 0.1
    done
    kill -s "$1" $process
    wait $process
    code=$?
    exits "$2"
    has outcome stopped
    run eval --model stopped.st --data test.csv
    exits 0
}
interrupted INT 130
interrupted TERM 143

about="time limit"
run train convex --data spiral.csv --patterns 8 --max-iterations 1000000000 --tolerance 0 \
    --time-limit 0.2s --json
exits 0
has outcome time-limit

verdict "the command does what it promises"
