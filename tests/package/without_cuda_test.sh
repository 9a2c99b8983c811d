#!/usr/bin/env bash
# The CUDA backend is a plugin: without its folder the project still configures, and nothing that is left needs it.
#
#   without_cuda_test.sh SOURCE CXX
set -euo pipefail
source=$1 cxx=$2
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

mkdir "$scratch/tree"
(cd "$source" && tar -cf - --exclude=./build --exclude=./.git --exclude=./kernels/cuda .) | tar -xf - -C "$scratch/tree"
cd "$scratch/tree"
if grep -rlE '#include "kernels/cuda/' --include='*.h' --include='*.cpp' . | grep -vE '^\./tests/cuda(_emulation)?/'; then
  fail "these files need the folder kernels/cuda"
fi
cmake -S . -B "$scratch/build" -G Ninja -DCMAKE_CXX_COMPILER="$cxx" >"$scratch/log" || fail "$(cat "$scratch/log")"
cmake --build "$scratch/build" --target help >"$scratch/targets"
grep -q '^fmnist_tune: ' "$scratch/targets" || fail "the programs are missing"
if grep -E '^(hone_cuda|cuda_tests)' "$scratch/targets"; then fail "targets of the CUDA backend are left"; fi
# Every source that the build names is there.
ninja -C "$scratch/build" -n >"$scratch/log" || fail "$(tail -3 "$scratch/log")"
