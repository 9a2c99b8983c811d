# shellcheck shell=bash
# What scripts/test-cuda and scripts/bench-cuda share: the device, the libraries, the build. Sourced, not run.

build=build/cuda
python=${HONE_PYTHON:-python3}

# Says why and ends with 0 where no device can be used.
need_device() {
  local listed
  if ! command -v nvidia-smi >/dev/null; then
    echo "$1: skipped, there is no CUDA device here (nvidia-smi is not installed)"
    exit 0
  fi
  if ! listed=$(nvidia-smi --query-gpu=name,compute_cap,driver_version --format=csv,noheader 2>&1); then
    echo "$1: skipped, the driver does not answer: $listed"
    exit 0
  fi
  architecture=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -1 | tr -d '. ')
  echo "$1: $listed"
}

# Packages that were unpacked into a folder by `test-cuda --collect`, for a machine that lacks them, and the
# vendor's libraries that PyTorch brought along.
use_libraries() {
  local folder lib
  lib=/usr/lib/x86_64-linux-gnu
  folder=${HONE_DEPS:-$PWD/build/cuda-deps}
  if [[ -d $folder ]]; then
    export CMAKE_PREFIX_PATH=$folder/usr${CMAKE_PREFIX_PATH:+:$CMAKE_PREFIX_PATH}
    export CPATH=$folder/usr/include:$folder/usr/include/x86_64-linux-gnu${CPATH:+:$CPATH}
    export LIBRARY_PATH=$folder$lib:$folder$lib/openblas-pthread${LIBRARY_PATH:+:$LIBRARY_PATH}
    export LD_LIBRARY_PATH=$folder$lib:$folder$lib/openblas-pthread${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  fi
  while read -r folder; do
    export LD_LIBRARY_PATH=$folder/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    if [[ -f $folder/include/cudnn_backend.h ]]; then export CUDNN_PATH=$folder; fi
  done < <("$python" - <<'PY' 2>/dev/null
import glob, os, sys
for place in sys.path:
    for folder in glob.glob(os.path.join(place, "nvidia", "*")):
        if os.path.isdir(os.path.join(folder, "lib")):
            print(folder)
PY
  )
}

# build_cuda TARGET...: for the architecture of this device alone.
build_cuda() {
  [[ -x $(command -v nvcc) ]] || export PATH=/usr/local/cuda/bin:$PATH
  cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DHONE_CUDA=ON \
    -DHONE_CUDA_ARCHITECTURES="$architecture" >"$build.log" 2>&1 || { tail -30 "$build.log"; return 1; }
  cmake --build "$build" --target "$@" >>"$build.log" 2>&1 || { tail -40 "$build.log"; return 1; }
}
