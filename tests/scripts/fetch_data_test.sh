#!/usr/bin/env bash
# scripts/fetch-data against a server on this machine: the right files, a corrupt one, a missing one, no server.
# Takes the installed data as the source; ends with 77 (skipped) where there are none.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
source=/usr/share/datasets/fashion-mnist
for tool in python3 curl; do
  command -v $tool >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
for name in t10k-labels-idx1 train-labels-idx1 t10k-images-idx3 train-images-idx3; do
  [[ -f $source/$name-ubyte.gz ]] || { echo "skipped: no data in $source"; exit 77; }
done

work=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server" 2>/dev/null; rm -rf -- "$work"' EXIT
unset http_proxy HTTP_PROXY all_proxy ALL_PROXY
export HOME=$work/home HONE_DATA='' HONE_PACKAGED_DATA=$work/none
mkdir -p "$HOME" "$work/site/good" "$work/site/corrupt" "$work/site/cut" "$work/site/missing" "$work/site/bomb"
for site in good corrupt cut missing bomb; do ln -s "$source"/*.gz "$work/site/$site/"; done
rm "$work/site/corrupt/t10k-labels-idx1-ubyte.gz" "$work/site/cut/train-labels-idx1-ubyte.gz" \
  "$work/site/missing/train-labels-idx1-ubyte.gz" "$work/site/bomb/t10k-labels-idx1-ubyte.gz"
gzip -dc "$source/t10k-labels-idx1-ubyte.gz" | tr '\001' '\002' | gzip >"$work/site/corrupt/t10k-labels-idx1-ubyte.gz"
head -c -6 "$source/train-labels-idx1-ubyte.gz" >"$work/site/cut/train-labels-idx1-ubyte.gz"
head -c 300000000 /dev/zero | gzip -1 >"$work/site/bomb/t10k-labels-idx1-ubyte.gz"

python3 - "$work/site" >"$work/port" <<'PYTHON' &
import functools, http.server, sys
class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=sys.argv[1]))
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
server=$!
for _ in $(seq 100); do [[ -s $work/port ]] && break; sleep 0.1; done
base=http://127.0.0.1:$(cat "$work/port")

fail() { echo "FAILED: $*"; cat "$work/log"; exit 1; }
# fetch EXPECTED_STATUS SITE_URL [FOLDER]
fetch() {
  local expected=$1 status=0
  HONE_DATA_URL=$2 "$root/scripts/fetch-data" "${@:3}" >"$work/log" 2>&1 || status=$?
  [[ $status == "$expected" ]] || fail "fetch-data from $2 ended with $status, expected $expected"
}
says() { grep -qF -- "$1" "$work/log" || fail "the message does not say '$1'"; }

for site in corrupt cut missing bomb; do
  fetch 3 "$base/$site" "$work/new/deep/$site"
  [[ ! -e $work/new ]] || fail "something was left behind after $site: $(find "$work/new")"
  says 0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34
  says train-images-idx3-ubyte.gz
  says "$base/$site"
  case $site in
    corrupt | bomb) says "t10k-labels-idx1-ubyte.gz from $base/$site is not the official file: its digest is" ;;
    cut) says "the end of the gzip data is damaged" ;;
    missing) says "train-labels-idx1-ubyte.gz could not be downloaded" ;;
  esac
done

fetch 3 http://127.0.0.1:1/ "$work/new"
says "could not be downloaded from http://127.0.0.1:1/"
[[ ! -e $work/new ]] || fail "something was left behind without a server"

# A failure keeps what the folder had.
mkdir "$work/used"
echo mine >"$work/used/file"
fetch 3 "$base/missing" "$work/used"
[[ $(ls -A "$work/used") == file ]] || fail "the folder was changed: $(ls -A "$work/used")"

# The right files arrive in the cache, whole and readable by all, and a second run needs no server.
fetch 0 "$base/good/"
cache=$HOME/.cache/hone/fashion-mnist
[[ $(find "$cache" -mindepth 1 | wc -l) == 4 ]] || fail "not just four files: $(ls -A "$cache")"
for file in "$cache"/*; do
  cmp "$file" "$source/$(basename "$file")" || fail "$file differs"
  [[ $(stat -c %a "$file") == 644 ]] || fail "$file has odd permissions"
done
fetch 0 http://127.0.0.1:1/
says "Fashion-MNIST is in $cache"

# A damaged file in the folder is replaced, good ones (here one unpacked) are kept.
gzip -d "$cache/t10k-images-idx3-ubyte.gz"
cp "$work/site/corrupt/t10k-labels-idx1-ubyte.gz" "$cache/"
fetch 0 "$base/good" "$cache"
[[ $(grep -c "fetch-data: $base" "$work/log") == 1 ]] || fail "more than the damaged file was downloaded"
cmp "$cache/t10k-labels-idx1-ubyte.gz" "$source/t10k-labels-idx1-ubyte.gz" || fail "not replaced"

fetch 2 "$base/good" one two
fetch 2 "$base/good" --what
echo "fetch-data: all checks passed"
