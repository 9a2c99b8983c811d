#!/usr/bin/env bash
# What the loader needs for the CUDA plugin: nothing of CUDA, which is opened at run time or linked in.
#
#   needs_test.sh PLUGIN PROGRAM...
set -euo pipefail
plugin=$1
shift
needed() { readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; }
if needed "$plugin" | grep -E '^lib(cuda|cudart|cublas|cublasLt|cudnn|nvrtc)'; then
  echo "$plugin needs libraries of CUDA" >&2
  exit 1
fi
for program in "$@"; do
  if needed "$program" | grep -E 'cuda|cublas|cudnn'; then
    echo "$program needs the CUDA backend" >&2
    exit 1
  fi
done
