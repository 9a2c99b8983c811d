#!/usr/bin/env bash
# scripts/install-deps, tune and test with stand-ins for apt, cmake and ctest: what they call, and when.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
mkdir -p "$work/bin" "$work/data" "$work/lists" "$work/home"
touch "$work/lists/x_Packages" "$work/calls" "$work/log"
for name in t10k-labels-idx1 train-labels-idx1 t10k-images-idx3 train-images-idx3; do
  touch "$work/data/$name-ubyte.gz"
done

# stand_in NAME: a program that reads its body from standard input.
stand_in() {
  { echo '#!/usr/bin/env bash'; cat; } >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}
# Installed is all that $ABSENT does not name; apt knows all that $UNKNOWN does not name.
stand_in dpkg-query <<'BODY'
for package in "$@"; do
  [[ $package == -* || " $ABSENT " == *" $package "* ]] || echo "installed $package"
done
BODY
stand_in apt-cache <<'BODY'
[[ " ${UNKNOWN:-} " == *" $2 "* ]] && echo "  Candidate: (none)" || echo "  Candidate: 1.0"
BODY
stand_in apt-get <<BODY
echo "apt-get \$*" >>"$work/calls"
[[ -z \${APT_FAILS:-} || " \$* " != *" \$APT_FAILS "* ]]
BODY
stand_in id <<'BODY'
echo "${USER_ID:-0}"
BODY
stand_in sudo <<BODY
[[ -n \${SUDO_WORKS:-} ]] || exit 1
echo "sudo \$*" >>"$work/calls"
BODY

export PATH=$work/bin:$PATH HOME=$work/home HONE_DATA=$work/data HONE_PACKAGED_DATA=$work/none
export HONE_APT_LISTS=$work/lists ABSENT=''
unset CI HONE_WERROR  # looked for below

fail() { echo "FAILED: $*"; echo "calls:"; cat "$work/calls"; echo "log:"; cat "$work/log"; exit 1; }
# run EXPECTED_STATUS COMMAND...
run() {
  local expected=$1 status=0
  : >"$work/calls"
  "${@:2}" >"$work/log" 2>&1 </dev/null || status=$?
  [[ $status == "$expected" ]] || fail "${*:2} ended with $status, expected $expected"
}
called() { grep -qE -- "$1" "$work/calls" || fail "not called: $1"; }
not_called() { ! grep -qE -- "$1" "$work/calls" || fail "called: $1"; }
says() { grep -qF -- "$1" "$work/log" || fail "the message does not say '$1'"; }

install=$root/scripts/install-deps
run 0 "$install"
[[ ! -s $work/calls && ! -s $work/log ]] || fail "something happened although nothing is missing"
run 0 "$install" --tests --ci
[[ ! -s $work/calls ]] || fail "something happened although nothing is missing"

ABSENT="g++ libfmt-dev doctest-dev chromium" run 0 "$install"
called '^apt-get .* update$'
called '^apt-get .* install .* g\+\+ libfmt-dev$'
ABSENT="doctest-dev chromium" run 0 "$install" --tests
called ' install .* doctest-dev$'
ABSENT="chromium qemu-user" UNKNOWN=qemu-user run 0 "$install" --tests --ci
called ' install .* chromium$'
not_called ' update$'
ABSENT=chromium APT_FAILS=chromium run 0 "$install" --ci
says "going on without the optional chromium"
ABSENT=g++ APT_FAILS=g++ run 1 "$install"
says "could not install all of: g++"
ABSENT="g++" APT_FAILS=update run 0 "$install"
says "could not be renewed"
called ' install .* g\+\+$'

ABSENT="g++ cmake" USER_ID=1000 run 2 "$install"
says "apt-get update && apt-get install -y --no-install-recommends g++ cmake"
[[ ! -s $work/calls ]] || fail "a user without rights called apt"
ABSENT=chromium USER_ID=1000 run 0 "$install" --ci
ABSENT=g++ USER_ID=1000 SUDO_WORKS=1 run 0 "$install"
called '^sudo env .*apt-get .* install .* g\+\+$'

HONE_DATA='' ABSENT=dataset-fashion-mnist run 0 "$install"
called ' install .* dataset-fashion-mnist$'
HONE_DATA='' ABSENT=dataset-fashion-mnist UNKNOWN=dataset-fashion-mnist run 0 "$install"
not_called ' install '
ABSENT=dataset-fashion-mnist run 0 "$install"
[[ ! -s $work/calls ]] || fail "the data package was wanted although the data are there"
run 2 "$install" --what
says "unknown option '--what'"

# tune and test run in a copy, whose cmake and ctest are stand-ins.
copy=$work/checkout
mkdir -p "$copy/.ci"
cp -r "$root/scripts" "$copy/"
cp "$root/.ci/run" "$copy/.ci/"
stand_in cmake <<BODY
echo "cmake \$* in \$PWD" >>"$work/calls"
case "\$*" in
  *release*--target*)
    for i in 1 2 3; do echo "[\$i/3] step"; done
    [[ -z \${BUILD_FAILS:-} ]] || { echo "some error of the compiler"; exit 1; }
    mkdir -p build/release/bin
    printf '#!/bin/sh\necho "tuned in \$PWD with \$*"\nexit 7\n' >build/release/bin/fmnist_tune
    chmod +x build/release/bin/fmnist_tune ;;
  "--preset release") mkdir -p build/release && touch build/release/build.ninja ;;
esac
BODY
stand_in ctest <<BODY
echo "ctest \$* CI=\${CI:-}" >>"$work/calls"
echo "100% tests passed"
exit \${CTEST_STATUS:-0}
BODY

cd "$work/home"
BUILD_FAILS=1 run 1 "$copy/scripts/tune" --trials 3
says "some error of the compiler"
says "The build failed"
run 7 "$copy/scripts/tune" --trials "3 4"
says "tuned in $work/home with --trials 3 4"
not_called 'cmake --preset release'
called "cmake --build --preset release --target fmnist_tune in $copy"
[[ $(grep -c step "$copy/build/release/build.log") == 3 ]] || fail "the log lacks the build"
HONE_DATA='' HONE_DATA_URL=http://127.0.0.1:1/ run 3 "$copy/scripts/tune"
says "could not be downloaded"
HONE_DATA='' HONE_DATA_URL=http://127.0.0.1:1/ run 7 "$copy/scripts/tune" --data "$work/data"

run 0 "$copy/scripts/test" -R "a name"
called '^cmake --preset dev -DHONE_WERROR=OFF in '
HONE_WERROR=ON run 0 "$copy/scripts/test"
called '^cmake --preset dev -DHONE_WERROR=ON in '
run 0 "$copy/scripts/test" -R "a name"
called '^cmake --build --preset dev in '
called '^ctest --preset dev -R a name CI=$'
says "100% tests passed"
run 0 "$copy/scripts/test" --long -V
called '^ctest --test-dir build/dev .* -V'
run 0 "$copy/scripts/test" --asan -V
called '^cmake --preset asan -DHONE_WERROR=OFF in '
called '^cmake --build --preset asan in '
called '^ctest --preset asan -V'
run 0 "$copy/scripts/test" --asan --short
called '^cmake --build --preset asan --target short_tests in '
called '^ctest --preset asan -L short CI=$'
run 2 "$copy/scripts/test" --short
ABSENT=libomp-dev run 0 "$copy/scripts/test" --tsan --long
called ' install .* libomp-dev$'
called '^cmake --build --preset tsan in '
called '^ctest --test-dir build/tsan '
run 0 "$copy/.ci/run"
called '^cmake --preset dev -DHONE_WERROR=ON -DHONE_CUDA_ARCHITECTURES=90 -DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O2 -g1 -DNDEBUG in '
called '^ctest --preset dev CI=true'
CTEST_STATUS=8 run 8 "$copy/.ci/run"

# The scripts for a GPU, where there is a driver that sees none: they say so, build nothing, and it is no failure.
stand_in nvidia-smi <<'BODY'
echo "NVIDIA-SMI has failed"
exit 9
BODY
for script in test-cuda bench-cuda; do
  run 0 "$root/scripts/$script"
  says "$script: skipped, the driver does not answer: NVIDIA-SMI has failed"
  [[ ! -s $work/calls ]] || fail "$script did something without a device"
  run 2 "$root/scripts/$script" --fast
  says "$script: "
done
run 2 "$root/scripts/test-cuda" --collect

if command -v shellcheck >/dev/null; then
  cd "$root"
  mapfile -t shell < <(grep -lIrE '^#!.*bash|^# shellcheck shell=' scripts .ci tests)
  shellcheck -x "${shell[@]}" || fail "shellcheck"
fi
echo "scripts: all checks passed"
