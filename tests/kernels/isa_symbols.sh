#!/bin/sh
# isa_symbols.sh <nm> <object>...: fails when a unit with instruction-set flags defines a symbol that the
# linker may share with another unit, for then AVX-512 code could run on a processor without it.
nm=$1
shift
seen=0
for object in "$@"; do
  case $object in
    */isa/avx*/*.o) ;;
    *) continue ;;
  esac
  seen=$((seen + 1))
  if "$nm" -C "$object" | grep ' [WVu] '; then
    echo "$object: these symbols can be shared with other units" >&2
    exit 1
  fi
done
[ "$seen" -ge 2 ] || { echo "no unit of an instruction set was found" >&2; exit 1; }
