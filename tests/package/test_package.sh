#!/usr/bin/env bash
# Installs a build into a folder of its own and builds a program outside the tree against
# it: through pkg-config and through find_package, with the shared and the static library.
#     test_package.sh BUILD_FOLDER THIS_FOLDER
set -euo pipefail
built=$1
here=$2

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cmake --install "$built" --prefix "$place/first" >"$place/install.log"
# An installed tree works wherever it is moved to.
mv "$place/first" "$place/prefix"
prefix=$place/prefix

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name cvxrelu.pc)")
export PKG_CONFIG_PATH
libraries=$(dirname "$PKG_CONFIG_PATH")
version=$(pkg-config --modversion cvxrelu)
# shellcheck disable=SC2046  # the flags are words
compile() {
    cc -Wall -Werror -DEXPECTED_VERSION="\"$version\"" $(pkg-config --cflags cvxrelu) "$@"
}

echo "pkg-config, shared library"
# shellcheck disable=SC2046
compile "$here/main.c" -o "$place/shared" $(pkg-config --libs cvxrelu)
LD_LIBRARY_PATH=$libraries "$place/shared"

echo "pkg-config, static library"
# shellcheck disable=SC2046
compile "$here/main.c" -o "$place/static" \
    $(pkg-config --static --libs cvxrelu | sed 's/-lcvxrelu/-l:libcvxrelu.a/')
"$place/static"

echo "find_package, shared and static library"
cmake -S "$here" -B "$place/outside" -DCMAKE_PREFIX_PATH="$prefix" >"$place/cmake.log"
cmake --build "$place/outside" >>"$place/cmake.log" || {
    cat "$place/cmake.log"
    exit 1
}
"$place/outside/with_cvxrelu"
"$place/outside/with_static"

echo "each header alone, in C and in C++"
for header in "$prefix"/include/cvxrelu/*.h; do
    compile -std=c11 -pedantic -fsyntax-only -x c "$header"
    c++ -Wall -Werror -fsyntax-only -x c++ "$header"
done

if [ -x "$built/cvxrelu" ]; then
    echo "the installed command"
    "$prefix/bin/cvxrelu" --version | grep -F "$version"
    echo "its manual pages and completion"
    test -s "$prefix/share/man/man1/cvxrelu.1"
    test -s "$prefix/share/man/man1/cvxrelu-train.1"
    test -s "$prefix/share/bash-completion/completions/cvxrelu"
fi
