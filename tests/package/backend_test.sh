#!/usr/bin/env bash
# Builds tests/package/backend, a backend outside of the tree, and holds it to the contract of a backend.
#
#   backend_test.sh BUILD_FOLDER CXX HONE_BACKEND_TEST
set -euo pipefail
build=$1 cxx=$2 contract=$3
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT

cmake -S "$here/backend" -B "$scratch" -G Ninja -DCMAKE_CXX_COMPILER="$cxx" -Dhone_DIR="$build"
cmake --build "$scratch"
export HONE_PLUGIN_PATH=$scratch
TALLY=1 "$contract" tally -tc="a recorded step*,an upload has taken*" | tee "$scratch/log"
grep -q '^tally: advance 6$' "$scratch/log" || { echo "the counts are not those of the test" >&2; exit 1; }
"$contract" tally
