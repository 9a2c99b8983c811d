# shellcheck shell=bash
# What the scripts share: messages and the places where Fashion-MNIST may lie. Sourced, not run.

say() { printf '%s\n' "$*" >&2; }

# The four official files with the SHA-256 of their unpacked bytes (nn/data/fashion_mnist.h has the same).
# Small ones first, so that a wrong server is noticed early.
data_files=(
  "t10k-labels-idx1-ubyte 0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"
  "train-labels-idx1-ubyte bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"
  "t10k-images-idx3-ubyte 5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"
  "train-images-idx3-ubyte c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
)

# has_data FOLDER: all four files are there, plain or packed.
has_data() {
  local entry
  for entry in "${data_files[@]}"; do
    [[ -f $1/${entry% *}.gz || -f $1/${entry% *} ]] || return 1
  done
}

# Prints the folder that the programs of hone will find by themselves; false when there is none.
find_data() {
  local folder folders=("${HONE_PACKAGED_DATA:-/usr/share/datasets/fashion-mnist}" "${HOME:-}/.cache/hone/fashion-mnist")
  [[ -z ${HONE_DATA:-} ]] || folders=("$HONE_DATA")
  for folder in "${folders[@]}"; do
    if has_data "$folder"; then
      printf '%s\n' "$folder"
      return 0
    fi
  done
  return 1
}
