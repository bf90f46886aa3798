# Read by test.sh, demo.sh and .ci/run: installs what is missing and builds.
# Expects `root`, the folder of the sources.

# The only lists of Debian packages: what the command and the demo need, and what the tests
# and experiments need besides.
command_packages=(gcc libc6-dev make cmake pkg-config
                  libopenblas-dev liblapacke-dev zlib1g-dev libjansson-dev librandom123-dev
                  libopenmpi-dev openmpi-bin libgsl-dev)
packages=("${command_packages[@]}" g++ libcmocka-dev gnuplot-nox jq)

# Another folder for the build: CVR_BUILD=/somewhere ./test.sh
build=${CVR_BUILD:-$root/build}

say() {
    printf '%s\n' "$*" >&2
}

fail() {
    say "$(basename "$0"): error: $*"
    exit 1
}

# The packages of its arguments that are not installed, one a line.
missing_packages() {
    local package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
            grep -q '^install ok installed$' || printf '%s\n' "$package"
    done
}

# Runs apt-get as root. Its output is kept, and shown when it fails.
apt() {
    local as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -q -y \
        -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" >"$apt_log" 2>&1
}

# Installs those of its arguments that are missing; does nothing when all are there.
install_packages() {
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        say "This is not a Debian system, so nothing is installed; needed are: $*"
        return
    fi
    local missing
    missing=$(missing_packages "$@" | paste -sd ' ')
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
        fail "these packages are missing, and installing them needs root or sudo." \
             "As root, run: apt-get install $missing"
    fi
    say "Installing $missing ..."
    apt_log=$(mktemp)
    apt update || say "(the package lists could not be renewed; going on with the old ones)"
    # shellcheck disable=SC2086  # a list of words
    if ! apt install --no-install-recommends $missing; then
        tail -n 20 "$apt_log" >&2
        rm -f "$apt_log"
        fail "installing failed, for the reason above; is a package mirror reachable?" \
             "By hand, as root: apt-get install $missing"
    fi
    rm -f "$apt_log"
}

# A build folder that was configured for other sources (a copied tree) starts afresh.
forget_other_sources() {
    local cache=$1/CMakeCache.txt
    if [ -f "$cache" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$cache"; then
        rm -rf "$cache" "$1/CMakeFiles"
    fi
}

# build_in FOLDER [CMake options]: configures and builds there, quietly: everything, or what
# `target` names. Warnings of the compiler are shown; all output is shown when it fails.
build_in() {
    local folder=$1 log=$1/build.log
    shift
    mkdir -p "$folder" 2>/dev/null && [ -w "$folder" ] ||
        fail "cannot write to $folder; name another folder with CVR_BUILD=FOLDER"
    forget_other_sources "$folder"
    if ! { cmake -S "$root" -B "$folder" "$@" &&
           cmake --build "$folder" -j "$(nproc)" ${target:+--target "$target"}; } >"$log" 2>&1; then
        cat "$log" >&2
        fail "building in $folder failed"
    fi
    grep -A 5 'warning:' "$log" >&2 || true
}

# What the scripts do first: all of it, programs of the tests and experiments too.
# CVR_OPTIONS: more options for CMake.
install_and_build() {
    install_packages "${packages[@]}"
    say "Building in $build ..."
    local began=$SECONDS
    build_in "$build" -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=ON -DCVR_EXPERIMENTS=ON \
        ${CVR_OPTIONS:-}
    say "Built in $((SECONDS - began)) s."
}

# The command alone. A folder that tests have been built in keeps them.
install_and_build_command() {
    local target=command options=(-DCMAKE_BUILD_TYPE=Release)
    [ -f "$build/CMakeCache.txt" ] || options+=(-DBUILD_TESTING=OFF -DCVR_EXPERIMENTS=OFF)
    install_packages "${command_packages[@]}"
    say "Building the command in $build ..."
    local began=$SECONDS
    build_in "$build" "${options[@]}"
    say "Built in $((SECONDS - began)) s."
}
