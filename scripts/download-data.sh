#!/usr/bin/env bash
# Fetches data sets, each file checked by its size and SHA-256 before it is used. A download
# that was cut goes on where it stopped; when a mirror fails the next one is asked.
set -euo pipefail

# name        file                         bytes       sha256  mirrors (folders), first the best
# The sums are those that the data sets' own pages and several independent loaders publish.
table() {
    cat <<'END'
cifar-10      cifar-10-binary.tar.gz       170052171   c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd https://www.cs.toronto.edu/~kriz https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10
mnist         train-images-idx3-ubyte.gz   9912422     440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609 https://ossci-datasets.s3.amazonaws.com/mnist https://storage.googleapis.com/cvdf-datasets/mnist http://yann.lecun.com/exdb/mnist
mnist         train-labels-idx1-ubyte.gz   28881       3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c https://ossci-datasets.s3.amazonaws.com/mnist https://storage.googleapis.com/cvdf-datasets/mnist http://yann.lecun.com/exdb/mnist
mnist         t10k-images-idx3-ubyte.gz    1648877     8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6 https://ossci-datasets.s3.amazonaws.com/mnist https://storage.googleapis.com/cvdf-datasets/mnist http://yann.lecun.com/exdb/mnist
mnist         t10k-labels-idx1-ubyte.gz    4542        f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6 https://ossci-datasets.s3.amazonaws.com/mnist https://storage.googleapis.com/cvdf-datasets/mnist http://yann.lecun.com/exdb/mnist
fashion-mnist train-images-idx3-ubyte.gz   26421880    3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84 http://fashion-mnist.s3-website.eu-central-1.amazonaws.com https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion https://storage.googleapis.com/tensorflow/tf-keras-datasets
fashion-mnist train-labels-idx1-ubyte.gz   29515       a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845 http://fashion-mnist.s3-website.eu-central-1.amazonaws.com https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion https://storage.googleapis.com/tensorflow/tf-keras-datasets
fashion-mnist t10k-images-idx3-ubyte.gz    4422102     346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073 http://fashion-mnist.s3-website.eu-central-1.amazonaws.com https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion https://storage.googleapis.com/tensorflow/tf-keras-datasets
fashion-mnist t10k-labels-idx1-ubyte.gz    5148        67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5 http://fashion-mnist.s3-website.eu-central-1.amazonaws.com https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion https://storage.googleapis.com/tensorflow/tf-keras-datasets
svhn          train_32x32.mat              182040794   435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8 http://ufldl.stanford.edu/housenumbers
svhn          test_32x32.mat               64275384    cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b http://ufldl.stanford.edu/housenumbers
higgs         HIGGS.csv.gz                 2816407858  ea302c18164d4e3d916a1e2e83a9a8d07069fa6ebc7771e4c0540d54e593b698 https://archive.ics.uci.edu/ml/machine-learning-databases/00280 http://mlphysics.ics.uci.edu/data/higgs
END
}

usage() {
    cat <<'END'
usage: download-data.sh [options] NAME...       NAME: cifar-10 mnist fashion-mnist svhn higgs all
  --to DIR         where the files go, a folder a data set (default: data)
  --offline DIR    take the files from DIR (or DIR/NAME) instead of the network
  --base-url URL   ask URL/NAME/FILE instead of the mirrors; may be given several times
  --table FILE     another table of files: lines "name file bytes sha256 mirror..."
  --list           say what there is, and what is here already
Every file is checked by size and SHA-256; '-' in a table means that none is published, and
the file is then checked by what is known. CIFAR-10 is unpacked. exit 0: all files are here.
END
}

say() { printf '%s\n' "$*" >&2; }
fail() {
    say "download-data: error: $*"
    exit 1
}

to=data offline='' list=no
bases=() names=()
while [ $# -gt 0 ]; do
    case $1 in
    --to | --offline | --base-url | --table) [ $# -gt 1 ] || fail "$1 needs a value" ;;&
    --to) to=$2 && shift ;;
    --offline) offline=$2 && shift ;;
    --base-url) bases+=("${2%/}") && shift ;;
    --table) table_file=$2 && shift ;;
    --list) list=yes ;;
    -h | --help) usage && exit 0 ;;
    -*) usage >&2 && fail "unknown option $1" ;;
    *) names+=("$1") ;;
    esac
    shift
done
if [ -n "${table_file:-}" ]; then
    [ -r "$table_file" ] || fail "cannot read the table $table_file"
    table() { cat "$table_file"; }
fi

known() { table | awk '{ print $1 }' | uniq; }

# Whether FILE has BYTES and SHA256 ('-': not published); says on stderr what is wrong.
right() {
    local file=$1 bytes=$2 sum=$3 found
    found=$(stat -c %s "$file")
    if [ "$bytes" != - ] && [ "$found" != "$bytes" ]; then
        say "  $file has $found bytes, not $bytes"
        return 1
    fi
    [ "$sum" != - ] || return 0
    found=$(sha256sum "$file" | cut -d ' ' -f 1)
    [ "$found" = "$sum" ] || {
        say "  $file has sha256 $found, not $sum"
        return 1
    }
}

# Gets URL into PART, going on behind what PART has.
get() {
    local url=$1 part=$2
    if command -v curl >/dev/null; then
        curl --fail --location --silent --show-error --retry 2 --connect-timeout 20 \
            --speed-limit 1000 --speed-time 60 --continue-at - --output "$part" "$url"
    elif command -v wget >/dev/null; then
        wget --quiet --tries 3 --timeout 60 --continue --output-document "$part" "$url"
    else
        fail "neither curl nor wget is installed"
    fi
}

size_of() { stat -c %s "$1" 2>/dev/null || echo 0; }

# URL into PART from the beginning. What PART had is kept until there is more.
get_anew() {
    local url=$1 part=$2 status=0
    rm -f "$part.new"
    get "$url" "$part.new" || status=$?
    if [ $status -eq 0 ] || [ "$(size_of "$part.new")" -gt "$(size_of "$part")" ]; then
        [ ! -e "$part.new" ] || mv "$part.new" "$part"
    fi
    rm -f "$part.new"
    return $status
}

# URL into PART, complete and right. What is there is continued; when that gives no right
# file (a server without ranges, or the part is of another file) it is fetched anew.
try_mirror() {
    local url=$1 part=$2 bytes=$3 sum=$4 have status=0
    have=$(size_of "$part")
    if [ "$have" -gt 0 ] && right "$part" "$bytes" "$sum" 2>/dev/null; then
        return 0
    elif [ "$have" -gt 0 ]; then
        say "  going on at byte $have: $url"
        get "$url" "$part" || status=$?
        if [ $status -eq 0 ] && right "$part" "$bytes" "$sum"; then
            return 0
        fi
        case $status in
        0 | 8 | 22 | 33 | 36) say "  that did not help: from the beginning" ;;
        *) return 1 ;; # no connection, or it broke: the part is kept for the next try
        esac
    else
        say "  $url"
    fi
    get_anew "$url" "$part" || return 1
    right "$part" "$bytes" "$sum" || {
        rm -f "$part"
        return 1
    }
}

from_mirrors() {
    local name=$1 file=$2 bytes=$3 sum=$4 target=$5 url
    shift 5
    if [ ${#bases[@]} -gt 0 ]; then
        set -- "${bases[@]/%//$name}"
    fi
    for url in "$@"; do
        if try_mirror "$url/$file" "$target.part" "$bytes" "$sum"; then
            mv "$target.part" "$target"
            return 0
        fi
        say "  no luck with $url"
    done
    return 1
}

from_folder() {
    local name=$1 file=$2 bytes=$3 sum=$4 target=$5 place
    for place in "$offline/$name/$file" "$offline/$file"; do
        if [ -f "$place" ] && right "$place" "$bytes" "$sum"; then
            cp "$place" "$target.part"
            mv "$target.part" "$target"
            return 0
        fi
    done
    say "  $file is not in $offline, or not the right one"
    return 1
}

fetch() {
    local name=$1 file=$2 bytes=$3 sum=$4 target=$to/$1/$2
    mkdir -p "$to/$name"
    if [ -f "$target" ] && right "$target" "$bytes" "$sum"; then
        say "$name/$file: here already"
    else
        say "$name/$file ($bytes bytes)"
        rm -f "$target"
        if [ -n "$offline" ]; then
            from_folder "$1" "$2" "$3" "$4" "$target" || return 1
        else
            from_mirrors "$1" "$2" "$3" "$4" "$target" "${@:5}" || return 1
        fi
    fi
    case $file in
    *.tar.gz) tar -xzf "$target" -C "$to/$name" ;;
    esac
}

show() {
    local name file bytes sum state
    while read -r name file bytes sum _; do
        state=missing
        [ ! -f "$to/$name/$file.part" ] || state=partly
        [ ! -f "$to/$name/$file" ] || state=here
        printf '%-14s %-28s %12s bytes  sha256 %-64s  %s\n' "$name" "$file" "$bytes" "$sum" \
            "$state"
    done < <(table)
}

if [ $list = yes ]; then
    show
    exit 0
fi
[ ${#names[@]} -gt 0 ] || { usage >&2 && fail "no data set is named"; }
if [ "${names[*]}" = all ]; then
    mapfile -t names < <(known)
fi
[ -z "$offline" ] || [ -d "$offline" ] || fail "$offline is no folder"
failed=()
for name in "${names[@]}"; do
    known | grep -qxF -- "$name" || fail "unknown data set $name (there are: $(known | xargs))"
    while read -r -a row <&3; do
        fetch "${row[@]}" || failed+=("${row[0]}/${row[1]}")
    done 3< <(table | awk -v name="$name" '$1 == name')
done
[ ${#failed[@]} -eq 0 ] || fail "not fetched: ${failed[*]}"
say "all in $to"
