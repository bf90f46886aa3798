#!/usr/bin/env bash
# The README shows examples/train_predict.c as it is, and every example is a test.
#     test_examples.sh COMMAND SOURCE_FOLDER
set -euo pipefail

# shown PAGE: the first program in C of a page.
shown() {
    # shellcheck disable=SC2016  # backquotes, not a command
    sed -n '/^```c$/,/^```$/p' "$1" | sed '1d;/^```$/,$d'
}

if ! diff <(shown "$2/README.md") "$2/examples/train_predict.c"; then
    echo "README.md does not show examples/train_predict.c as it is"
    exit 1
fi
for file in "$2"/examples/*.c; do
    name=$(basename "$file" .c)
    grep -qw "$name" "$2/examples/CMakeLists.txt" || {
        echo "examples/CMakeLists.txt does not build $name"
        exit 1
    }
done
