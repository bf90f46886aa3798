#!/usr/bin/env bash
# scripts/download-data.sh against servers on this machine: with and without ranges, a
# mirror that is down, one with a wrong file, and a folder instead of the network.
set -euo pipefail
source_folder=${2:-$(dirname "$0")/..}
script=$source_folder/scripts/download-data.sh
for tool in python3 curl sha256sum; do
    command -v $tool >/dev/null || {
        echo "skipped: $tool is not installed"
        exit 0
    }
done
work=$(mktemp -d)
servers=()
cleanup() {
    [ ${#servers[@]} -eq 0 ] || kill "${servers[@]}" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

fail() {
    echo "FAILED: $*" >&2
    cat "$work/log" >&2 || true
    exit 1
}

# What the server has: two files of one data set, an archive of another.
mkdir -p "$work/site/small" "$work/site/packed" "$work/wrong/small" "$work/inner"
head -c 300000 /dev/urandom >"$work/site/small/a.bin"
echo hello >"$work/site/small/b.txt"
echo inside >"$work/inner/data_batch_1.bin"
tar -czf "$work/site/packed/p.tar.gz" -C "$work/inner" .
head -c 300000 /dev/zero >"$work/wrong/small/a.bin"
echo HELLO >"$work/wrong/small/b.txt"
row() {
    local f=$work/site/$1/$2
    echo "$1 $2 $(stat -c %s "$f") $(sha256sum "$f" | cut -d ' ' -f 1) http://127.0.0.1:9"
}
{ row small a.bin && row small b.txt && row packed p.tar.gz; } >"$work/table"

# serve FOLDER RANGES: prints the port; notes each request's Range in FOLDER.ranges.
serve() {
    python3 - "$1" "$2" >"$work/port" 2>/dev/null <<'END' &
import http.server, os, re, sys
root, ranges = sys.argv[1], sys.argv[2] == "yes"
class Handler(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *a): super().__init__(*a, directory=root)
    def log_message(self, *a): pass
    def do_GET(self):
        want = self.headers.get("Range")
        open(root + ".ranges", "a").write("%s %s\n" % (self.path, want))
        path = self.translate_path(self.path)
        match = re.match(r"bytes=(\d+)-$", want or "")
        if not (ranges and match and os.path.isfile(path)):
            return super().do_GET()
        data = open(path, "rb").read()
        start = int(match.group(1))
        self.send_response(206)
        self.send_header("Content-Range", "bytes %d-%d/%d" % (start, len(data) - 1, len(data)))
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        self.wfile.write(data[start:])
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
END
    servers+=($!)
    for _ in $(seq 100); do
        [ ! -s "$work/port" ] || break
        sleep 0.05
    done
    port=$(cat "$work/port")
    : >"$work/port"
}
serve "$work/site" yes && with=http://127.0.0.1:$port
cp -r "$work/site" "$work/plain"
serve "$work/plain" no && without=http://127.0.0.1:$port
serve "$work/wrong" yes && wrong=http://127.0.0.1:$port
down=http://127.0.0.1:9

# download FOLDER arguments...
download() {
    local folder=$1
    shift
    "$script" --table "$work/table" --to "$work/$folder" "$@" >"$work/log" 2>&1
}
same() {
    cmp -s "$work/site/small/a.bin" "$work/$1/small/a.bin" || fail "$1: a.bin differs"
    [ -z "$(find "$work/$1" -name '*.part')" ] || fail "$1: a .part file is left"
}

download fresh --base-url "$with" all || fail "a fresh download"
same fresh
[ "$(cat "$work/fresh/packed/data_batch_1.bin")" = inside ] || fail "the archive is not unpacked"
: >"$work/site.ranges"
download fresh --base-url "$down" all || fail "files that are here are asked for again"
[ ! -s "$work/site.ranges" ] || fail "the server was asked for files that are here"

# Cut in the middle: goes on there, or begins anew where the server knows no ranges.
for server in with without; do
    mkdir -p "$work/cut-$server/small"
    head -c 100000 "$work/site/small/a.bin" >"$work/cut-$server/small/a.bin.part"
    download cut-$server --base-url "${!server}" small || fail "resuming $server ranges"
    same cut-$server
done
grep -q 'a.bin bytes=100000-' "$work/site.ranges" || fail "the download did not go on"

# A mirror that is down costs nothing of what is there.
mkdir -p "$work/kept/small"
head -c 200000 "$work/site/small/a.bin" >"$work/kept/small/a.bin.part"
if download kept --base-url "$down" small; then fail "a server that is down"; fi
[ "$(stat -c %s "$work/kept/small/a.bin.part")" -eq 200000 ] || fail "the part is lost"
download kept --base-url "$down" --base-url "$with/nowhere" --base-url "$with" small ||
    fail "resuming at the third mirror"
same kept

# What was there before is of another file: noticed by the sum, fetched anew.
mkdir -p "$work/other/small"
head -c 100000 /dev/zero >"$work/other/small/a.bin.part"
download other --base-url "$with" small || fail "a part of another file"
same other

# A finished file that is damaged is fetched again.
echo damage >>"$work/other/small/a.bin"
download other --base-url "$with" small || fail "a damaged file"
same other

# A wrong file is refused and leaves nothing; another mirror is asked.
if download refused --base-url "$wrong" small; then fail "a wrong file was taken"; fi
grep -q 'not fetched: small/a.bin small/b.txt' "$work/log" || fail "no word about what failed"
grep -q 'has sha256 ' "$work/log" || fail "no word about the sum"
[ -z "$(find "$work/refused" -type f)" ] || fail "a refused file is left"
download mirrors --base-url "$down" --base-url "$wrong" --base-url "$with" small ||
    fail "the third mirror"
same mirrors

# From a folder, with or without a folder a data set; a wrong file is refused there too.
download offline --offline "$work/site" --base-url "$down" all || fail "offline"
same offline
mkdir "$work/flat" && cp "$work/site/small/"* "$work/flat"
download flat-copy --offline "$work/flat" small || fail "offline from a flat folder"
same flat-copy
if download no --offline "$work/wrong" small; then fail "a wrong file from a folder"; fi
[ -z "$(find "$work/no" -type f)" ] || fail "a wrong file from a folder is left"

if download x nothing; then fail "an unknown data set"; fi
grep -q 'unknown data set nothing (there are: small packed)' "$work/log" || fail "no names"
if download x --base-url; then fail "an option without its value"; fi
"$script" --list --to "$work/none" >"$work/log"
[ "$(grep -c ' bytes  sha256 [0-9a-f]\{64\}  missing$' "$work/log")" -eq 12 ] || fail "--list"
echo "all downloads behave"
