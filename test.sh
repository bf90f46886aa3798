#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test.
#     ./test.sh [ctest options]        ./test.sh -L unit
set -euo pipefail
root=$(dirname "$(readlink -f "$0")")
. "$root/scripts/setup.sh"

install_and_build
ctest --test-dir "$build" --output-on-failure -j "$(nproc)" "$@"
