#!/usr/bin/env bash
# Installs what is missing, builds the command, and runs the demonstration: logistic
# regression, Adam and convex networks on one set of images, compared in a table, in less
# than a minute.
#     ./demo.sh            CIFAR-10 when it lies in ./data, else images that it draws itself
#     ./demo.sh FOLDER     CIFAR-10's binary files (data_batch_1.bin ... test_batch.bin),
#                          plain or gzipped, from FOLDER
set -euo pipefail
root=$(dirname "$(readlink -f "$0")")
. "$root/scripts/setup.sh"

# files FOLDER NAME...: the files of these names, plain or gzipped, in or under FOLDER.
files() {
    local folder=$1 name tests=(-false)
    shift
    for name in "$@"; do
        tests+=(-o -name "$name" -o -name "$name.gz")
    done
    find -L "$folder" -maxdepth 3 -type f \( "${tests[@]}" \) | sort
}

# Sets `images` to the options that name CIFAR-10's files in a folder, if all are there.
look_for_cifar() {
    local train test file
    train=$(files "$1" 'data_batch_[1-5].bin' train.bin)
    test=$(files "$1" test_batch.bin test.bin)
    [ -n "$train" ] && [ -n "$test" ] || return 0
    while read -r file; do
        images+=(--data "$file")
    done <<<"$train"
    images+=(--test "$(head -n 1 <<<"$test")" --classes "0,1")
}

images=()
if [ $# -gt 0 ]; then
    [ $# = 1 ] && [ -d "$1" ] || fail "one argument at most, a folder with CIFAR-10's files"
    look_for_cifar "$(readlink -f "$1")"
    [ ${#images[@]} -gt 0 ] ||
        fail "$1 holds no data_batch_1.bin ... test_batch.bin of CIFAR-10 (binary version)"
elif [ -d "$root/data" ]; then
    look_for_cifar "$root/data"
fi

install_and_build_command
if [ ${#images[@]} -gt 0 ]; then
    say "Training on CIFAR-10, airplane against automobile."
else
    say "Training on images drawn by the program itself." \
        "(scripts/download-data.sh fetches CIFAR-10; ./demo.sh then uses it.)"
fi
exec "${build:?}/cvxrelu" demo "${images[@]}" --output "$build/demo"
