#!/usr/bin/env bash
# The whole check of a machine with a GPU, in at most 6 minutes: builds, compares all
# operations with their references, each method's figures with those of the processor, times
# both, and then what the device is for, beside PyTorch on the same card where a Python has it.
#     bench_device.sh [BUILD_FOLDER]
# CUDA_HOME says where nvcc is, if it is not on the path. DATA, a file of rows, replaces the
# rows that are made. CVRXELU_CUDA names a plug-in that is there: then none is built, and the
# folder is one that is built already. CVR_SHARED names the folder of data, of which CIFAR's
# pair (27 MB) and MNIST's training images (10 MB) are used, in the folders that they have
# there; without it images are made. PYTHON names a Python with torch. LIMIT (300): seconds
# after which no further part is begun. SMALL=1: a try of the script on few rows.
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "$0")")")
build=${1:-$root/build-cuda}
limit=${LIMIT:-300}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
began=$SECONDS failures=0 missed=0

if [ -z "${CVXRELU_CUDA:-}" ]; then
    cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DCVR_CUDA=ON >"$work/log" &&
        cmake --build "$build" -j "$(nproc)" --target command test_ops cuda_plugin \
            >>"$work/log" 2>&1 || {
        tail -20 "$work/log"
        exit 1
    }
    echo "built in $((SECONDS - began)) s"
    export CVXRELU_CUDA=$build/libcvxrelu_cuda.so
fi
command=$build/cvxrelu
"$command" info --devices | grep '^devices'

echo "== operations"
"$build/tests/test_ops" cuda >"$work/log" 2>&1 || {
    grep -E 'ERROR|FAILED' "$work/log" || cat "$work/log"
    failures=$((failures + 1))
}
tail -1 "$work/log"

if [ -z "${DATA:-}" ]; then
    DATA=$work/rows.npy
    "$command" gen teacher --rows 10000 --features 500 -o "$DATA" >"$work/log" 2>&1
fi

# figure FILE KEY
figure() {
    sed -n "s/.*\"$2\":\([^,]*\),.*/\1/p" "$1"
}

# whether there is time for another part
time_left() {
    [ $((SECONDS - began)) -lt "$limit" ] || {
        echo "left out, no time: $*"
        return 1
    }
}

# run DEVICE PRECISION METHOD [options]: the result is in $work/DEVICE.
run() {
    local device=$1 precision=$2
    shift 2
    timeout 60 "$command" train "$@" --data "$DATA" --device "$device" --precision "$precision" \
        --json >"$work/$device" 2>"$work/error"
}

# agree PRECISION METHOD [options]
agree() {
    local precision=$1 limit=1e-6
    [ "$precision" = double ] || limit=1e-2
    if ! run cpu "$@" || ! run cuda "$@"; then
        printf '%-64s failed: %s\n' "$*" "$(tail -1 "$work/error")"
        failures=$((failures + 1))
        return
    fi
    awk -v a="$(figure "$work/cpu" objective)" -v b="$(figure "$work/cuda" objective)" \
        -v limit=$limit -v what="$*" -v s="$(figure "$work/cpu" seconds)" \
        -v t="$(figure "$work/cuda" seconds)" 'BEGIN {
            gap = (a > b ? a - b : b - a) / (a > 0 ? a : 1)
            printf "%-64s %9.3f s %9.3f s  apart %.1e%s\n", what, s, t, gap,
                gap <= limit ? "" : "  TOO FAR"
            exit gap > limit
        }' || failures=$((failures + 1))
}

echo "== methods: seconds of the processor and of the device"
for precision in double single; do
    time_left "methods in $precision precision" || continue
    agree $precision convex --formulation relu --splitting slack --patterns 50 --max-iterations 30 --tolerance 0
    agree $precision convex --formulation relu --splitting slack --patterns 50 --primal block-pcg \
        --max-iterations 30 --tolerance 0
    agree $precision convex --formulation relu --splitting slack --patterns 50 \
        --primal nystrom-pcg --max-iterations 10 --tolerance 0
    agree $precision convex --formulation gated --patterns 50 --max-iterations 30 --tolerance 0
    agree $precision convex --formulation gated --solver fista --patterns 50 --max-iterations 30 \
        --tolerance 0
    agree $precision convex --formulation gated-ridge --patterns 50
    agree $precision deep --layers 100 --max-iterations 20
    agree $precision mdlam --layers 100 --max-iterations 10
    agree $precision ccp --solver graph --max-iterations 10
    agree $precision adam --max-iterations 5
    agree $precision sgd --max-iterations 5
done
agree double convex --formulation kernel

echo "== the same bits twice"
twice="convex --formulation relu --splitting slack --patterns 50 --max-iterations 10 --tolerance 0"
run cuda double $twice
first=$(figure "$work/cuda" objective)
run cuda double $twice
[ "$first" = "$(figure "$work/cuda" objective)" ] || {
    echo "$first and then $(figure "$work/cuda" objective)"
    failures=$((failures + 1))
}

# ---- what the device is for ----------------------------------------------------------------

small=${SMALL:+--rows 60}
cifar=${CVR_SHARED:-/nonexistent}/data/cifar10-airplane-automobile/train.bin.gz
mnist=${CVR_SHARED:-/nonexistent}/data/mnist/train-images-idx3-ubyte.gz

# Smooth random images in two classes, as CIFAR-10 records: made_images FILE
made_images() {
    "${PYTHON:-python3}" - "$1" ${SMALL:+60} 10000 <<'END'
import random, sys
made = random.Random(1)
with open(sys.argv[1], "wb") as file:
    for i in range(int(sys.argv[2])):
        line = bytes(min(255, made.randrange(200) // (1 + i % 2) + 8 * (x % 7)) for x in range(512))
        file.write(bytes([i % 2]) + line * 6)
END
}

[ -e "$cifar" ] || {
    echo "no CIFAR: made images take its place"
    cifar=$work/made.bin
    made_images "$cifar" || cifar=
}

# task WHAT BAR DATA [options]: seconds on the device against the bar, those of the set-up and
# of describing images apart.
task() {
    local what=$1 bar=$2 data=$3 seconds
    shift 3
    time_left "$what" || return 0
    [ -e "$data" ] || {
        echo "left out, no data: $what"
        return
    }
    timeout 120 "$command" train convex --data "$data" $small --device cuda --json "$@" \
        >"$work/task" 2>"$work/error" || {
        echo "$what failed: $(tail -1 "$work/error")"
        failures=$((failures + 1))
        return
    }
    seconds=$(figure "$work/task" seconds)
    awk -v what="$what" -v bar="$bar" -v s="$seconds" -v a="$(figure "$work/task" train_accuracy)" \
        -v gap="$(figure "$work/task" gap)" -v out="$(figure "$work/task" outcome)" \
        -v setup="$(sed -n 's/.*"setup":\([^,}]*\).*/\1/p' "$work/task")" 'BEGIN {
            printf "%-40s %8.3f s (set-up %.3f), bar %s s: %s; %s, train accuracy %s, gap %s\n",
                what, s, setup, bar, s <= bar ? "met" : "MISSED", out, a, gap
            exit s > bar
        }' || missed=$((missed + 1))
}

echo "== tasks: seconds on the device, data read"
task "CIFAR pair to 97 %, single" 0.3 "$cifar" --precision single --formulation relu --splitting slack \
    --patterns 50 --beta 0.001 --target-train-accuracy 0.97
task "CIFAR pair, gated to 1e-6, double" 1.5 "$cifar" --formulation gated --patterns 50 --tolerance 1e-6
task "CIFAR pair, kernel of conv and HOG" 3 "$cifar" --precision single --formulation kernel \
    --features conv+hog648 ${SMALL:+--filters 9}
task "MNIST 60000, kernel of all rows" 30 "$mnist" --precision single --formulation kernel \
    --kernel relu

# PyTorch on the same card: the same network to the same accuracy by Adam.
torch() {
    "${PYTHON:-python3}" - "$cifar" ${SMALL:+60} <<'END'
import gzip, sys, time
try:
    import numpy as np, torch
except ImportError as error:
    print(f"left out: PyTorch: {error}")
    sys.exit()
path, rows = sys.argv[1], int((sys.argv + ["10000"])[2])
data = (gzip.open if path.endswith(".gz") else open)(path, "rb").read()
data = np.frombuffer(data, np.uint8).reshape(-1, 3073)[:rows]
card = torch.device("cuda" if torch.cuda.is_available() else "cpu")
X = torch.tensor(data[:, 1:].astype(np.float32), device=card)
X = (X - X.mean()) / X.std()
y = torch.tensor(2.0 * data[:, 0] - 1, dtype=torch.float32, device=card)
wait = torch.cuda.synchronize if card.type == "cuda" else lambda: None
def accuracy(model):
    with torch.no_grad():
        return ((model(X)[:, 0] >= 0) == (y > 0)).float().mean().item()
def race(batch, rate):
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Linear(3072, 100), torch.nn.ReLU(),
                                torch.nn.Linear(100, 1)).to(card)
    step = torch.optim.Adam(model.parameters(), lr=rate)
    wait()
    began = time.perf_counter()
    for epoch in range(60):
        order = torch.randperm(len(y), device=card)
        for k in range(0, len(y), batch):
            part = order[k:k + batch]
            step.zero_grad(set_to_none=True)
            ((model(X[part])[:, 0] - y[part]) ** 2).mean().backward()
            step.step()
        if accuracy(model) >= 0.97 or time.perf_counter() - began > 10:
            break
    wait()
    return time.perf_counter() - began, accuracy(model)
race(512, 1e-3)
for batch, rate in ((128, 1e-3), (1024, 1e-3), (10000, 3e-3)):
    seconds, reached = race(batch, rate)
    print(f"Adam of PyTorch on {card}, batches of {batch:<6} {seconds:8.3f} s, train accuracy {reached:.4f}")
END
}
if [ -n "$cifar" ] && time_left "PyTorch"; then
    torch || failures=$((failures + 1))
fi

echo "$failures failures, $missed bars missed, $((SECONDS - began)) s"
[ "$failures" = 0 ]
