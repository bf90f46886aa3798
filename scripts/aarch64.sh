#!/usr/bin/env bash
# Builds for aarch64 on another Debian machine, warnings as errors, and tries the command and
# some tests under an emulator. Nothing is installed: packages are unpacked into a folder.
#     scripts/aarch64.sh FOLDER
# FOLDER keeps packages and build for the next time. Where packages cannot be had (no Debian,
# no mirror) it says so and succeeds.
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "$0")")")
folder=${1:?aarch64.sh FOLDER}
mkdir -p "$folder"
folder=$(readlink -f "$folder")
system=$folder/system tools=$folder/tools
triple=aarch64-linux-gnu

skip() {
    echo "skipped: $*"
    exit 0
}

# foreign ARGUMENTS: apt-get for aarch64, with the machine's mirrors and a state of its own.
foreign() {
    timeout 600 apt-get -q -y -o APT::Architecture=arm64 -o APT::Architectures=arm64 \
        -o Dir::State="$folder/apt" -o Dir::State::status="$folder/apt/status" \
        -o Dir::Cache="$folder/apt" -o Debug::NoLocking=1 -o APT::Sandbox::User= \
        -o Acquire::Retries=3 "$@"
}

# Libraries and headers of aarch64, and what apt takes them to need.
fetch_system() {
    mkdir -p "$folder/apt/lists/partial" "$folder/apt/archives/partial" "$system"
    : >"$folder/apt/status"
    foreign update || return 1
    foreign --no-install-recommends -d install libc6-dev libgcc-12-dev libopenblas-dev \
        liblapacke-dev libgsl-dev zlib1g-dev libjansson-dev librandom123-dev libcmocka-dev ||
        return 1
    for package in "$folder"/apt/archives/*.deb; do
        dpkg -x "$package" "$system" || return 1
    done
}

# The alternatives that an installed system has chosen.
choose_blas() {
    local libraries=$system/usr/lib/$triple from=openblas-pthread name
    for name in libopenblas.so libopenblas.so.0 libblas.so libblas.so.3 liblapack.so \
        liblapack.so.3; do
        ln -sfn $from/$name "$libraries/$name"
    done
    for name in blas lapack openblas; do
        ln -sfn "../$from/pkgconfig/$(basename "$(ls "$libraries/$from/pkgconfig" |
            grep "^$name")")" "$libraries/pkgconfig/$name.pc"
    done
}

# Compiler and emulator of this machine.
fetch_tools() {
    mkdir -p "$folder/packages" "$tools"
    (cd "$folder/packages" && timeout 600 apt-get -q download gcc-12-$triple \
        cpp-12-$triple binutils-$triple libgcc-12-dev-arm64-cross qemu-user-static) || return 1
    for package in "$folder"/packages/*.deb; do
        dpkg -x "$package" "$tools" || return 1
    done
}

cross_build() {
    cat >"$folder/toolchain.cmake" <<END
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER $tools/usr/bin/$triple-gcc-12)
set(CMAKE_SYSROOT $system)
set(CMAKE_LIBRARY_ARCHITECTURE $triple)
set(CMAKE_FIND_ROOT_PATH $system)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_C_FLAGS_INIT "-isystem $system/usr/include/$triple")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-Wl,-rpath-link,$system/usr/lib/$triple")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-Wl,-rpath-link,$system/usr/lib/$triple")
set(CMAKE_MODULE_LINKER_FLAGS_INIT "-Wl,-rpath-link,$system/usr/lib/$triple")
END
    export PKG_CONFIG_SYSROOT_DIR=$system PKG_CONFIG_LIBDIR=$system/usr/lib/$triple/pkgconfig
    env PATH="$tools/usr/bin:$PATH" LD_LIBRARY_PATH="$tools/usr/lib/x86_64-linux-gnu" \
        sh -c 'cmake -S "$1" -B "$2" -DCMAKE_TOOLCHAIN_FILE="$3" -DCVR_MPI=OFF \
            -DCVR_WERROR=ON && cmake --build "$2" -j "$(nproc)"' \
        - "$root" "$folder/build" "$folder/toolchain.cmake"
}

# emulated PROGRAM ARGUMENTS
emulated() {
    timeout 300 "$tools/usr/bin/qemu-aarch64-static" -L "$system" \
        -E LD_LIBRARY_PATH="/usr/lib/$triple:/usr/lib/$triple/openblas-pthread" \
        -E OPENBLAS_NUM_THREADS=1 "$@"
}

try_it() {
    local command=$folder/build/cvxrelu try=$folder/try test
    rm -rf "$try"
    mkdir "$try"
    cd "$try"
    emulated "$command" info | tee info.txt
    grep -q "^blas_choice  *OpenBLAS's own$" info.txt
    emulated "$command" gen teacher --rows 200 --features 5 -o t.csv
    emulated "$command" train convex --data t.csv -o model.st | tee result.txt
    grep -q '^outcome  *converged$' result.txt
    emulated "$command" predict --model model.st --data t.csv -o values.csv
    [ "$(wc -l <values.csv)" -ge 200 ]
    for test in test_processor test_verify test_random test_data_readers test_model_file; do
        emulated "$folder/build/tests/$test" 2>&1 | tail -n 1
    done
}

command -v apt-get >/dev/null && command -v dpkg >/dev/null || skip "this is no Debian system"
[ "$(dpkg --print-architecture)" = amd64 ] || skip "tools are fetched for amd64 only"
if [ ! -e "$folder/complete" ]; then
    fetch_system >"$folder/fetch.log" 2>&1 || skip "packages for arm64 cannot be had: $(tail -n 1 "$folder/fetch.log")"
    fetch_tools >"$folder/fetch.log" 2>&1 || skip "the tools cannot be had: $(tail -n 1 "$folder/fetch.log")"
    choose_blas
    touch "$folder/complete"
fi
cross_build
try_it
echo "aarch64: built and tried"
