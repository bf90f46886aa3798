#!/usr/bin/env bash
# Builds the pages of docs/site (Sphinx): of docs/*.md, the headers, `cvxrelu help --json` and
# the docstrings of the Python package, which must be installed with sphinx and myst-parser in the
# environment of PYTHON (by default python3).
#     CVXRELU=build/cvxrelu scripts/docs.sh [FOLDER]        by default build-docs
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "$0")")")
out=$(mkdir -p "${1:-build-docs}" && readlink -f "${1:-build-docs}")
CVXRELU=$(readlink -f "${CVXRELU:-$root/build/cvxrelu}")
export CVXRELU CVR_SOURCES=$root

rm -rf "$out/source"
cp -r "$root/docs/site" "$out/source"
cd "$out"
"${PYTHON:-python3}" -m sphinx -q -W --keep-going -b html "$out/source" "$out/html"
echo "$out/html/index.html"
