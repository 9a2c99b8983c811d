#!/usr/bin/env bash
# Builds and runs tests/consumer against hone.
#
#   consumer_test.sh install BUILD_FOLDER CXX    against a scratch installation, then moved elsewhere
#   consumer_test.sh build-tree BUILD_FOLDER CXX against the build folder
#   consumer_test.sh subproject SOURCE CXX       configures hone as a part of the consumer
set -euo pipefail
mode=$1 subject=$2 cxx=$3
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
consumer=$here/../consumer
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT

# fail MESSAGE...
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# build_and_run CMAKE_ARGUMENT...
build_and_run() {
  cmake -S "$consumer" -B "$scratch/build" -G Ninja -DCMAKE_CXX_COMPILER="$cxx" "$@"
  cmake --build "$scratch/build"
  "$scratch/build/consumer"
}

# The consumer links against hone and the C++ library alone: nothing private has leaked.
check_links() {
  local needed
  needed=$(readelf -d "$scratch/build/consumer" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
  printf 'needs:\n%s\n' "$needed"
  if grep -E 'openblas|gomp|libomp|sqlite|libz\.|xxhash' <<<"$needed"; then fail "a private library leaked"; fi
}

case $mode in
  install)
    cmake --install "$subject" --prefix "$scratch/first" --component hone_libraries >"$scratch/log"
    # A relocatable package does not know where it was installed.
    mv -- "$scratch/first" "$scratch/prefix"
    if grep -rlE "$scratch/first|$subject" "$scratch/prefix" --include='*.cmake' --include='*.pc'; then
      fail "a package file holds an absolute path"
    fi
    build_and_run -DCMAKE_PREFIX_PATH="$scratch/prefix" -DHONE_EXAMPLE="$here/../../apps/train_lenet.cpp"
    check_links
    python3 "$here/small_data.py" "$scratch/data"
    "$scratch/build/example" --data "$scratch/data" --epochs 2
    status=0
    "$scratch/build/example" --data "$scratch/nowhere" || status=$?
    [[ $status == 3 ]] || fail "the example ended with $status where the data are missing, not with 3"
    library=$(find "$scratch/prefix" -name 'libhone_nn.so')
    readelf -d "$library" | grep -qE 'R(UN)?PATH.*\[.ORIGIN\]' || fail "libhone_nn.so: RPATH is not \$ORIGIN"
    if command -v pkg-config >/dev/null; then
      PKG_CONFIG_PATH=$(dirname -- "$(find "$scratch/prefix" -name hone.pc)")
      export PKG_CONFIG_PATH
      read -ra flags <<<"$(pkg-config --cflags --libs hone)"
      "$cxx" "$consumer/main.cpp" "${flags[@]}" -Wl,-rpath,"$(dirname -- "$library")" -o "$scratch/by_pkg_config"
      "$scratch/by_pkg_config"
    fi
    ;;
  build-tree)
    build_and_run -Dhone_DIR="$subject"
    check_links
    ;;
  subproject)
    cmake -S "$consumer" -B "$scratch/build" -G Ninja -DCMAKE_CXX_COMPILER="$cxx" -DHONE_AS_SUBPROJECT="$subject"
    targets=$(cmake --build "$scratch/build" --target help)
    grep -q 'hone_nn' <<<"$targets" || fail "hone is not part of the consumer's build"
    if grep -E '_tests:|fmnist_tune|hone_bench' <<<"$targets"; then
      fail "tests or programs of hone are built in a project that only uses it"
    fi
    if [[ -e $scratch/build/hone/cmake_install.cmake ]] &&
      grep -q 'libhone' "$scratch/build/hone/cmake_install.cmake"; then
      fail "hone is installed with a project that only uses it"
    fi
    ;;
  *) fail "unknown mode $mode" ;;
esac
