// Finding and reading the four files of Fashion-MNIST (H. Xiao, K. Rasul, R. Vollgraf 2017, MIT
// licence).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nn/data/image_set.h"

namespace hone::nn::data {

inline constexpr std::int32_t kFashionMnistClasses = 10;

// The class names in the order of the labels 0 .. 9.
inline constexpr std::array<std::string_view, 10> kFashionMnistClassNames = {
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};

// The official files. The digest is of the unpacked bytes, since packers make different .gz files
// of them.
struct FashionMnistFile {
  std::string_view name;    // without .gz
  std::string_view sha256;  // of the unpacked bytes
};
inline constexpr std::array<FashionMnistFile, 4> kFashionMnistFiles = {{
    {"train-images-idx3-ubyte", "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"},
    {"train-labels-idx1-ubyte", "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"},
    {"t10k-images-idx3-ubyte", "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"},
    {"t10k-labels-idx1-ubyte", "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"},
}};

// The first folder that has all four files, each as NAME.gz or NAME. With `folder`, only that one
// is looked at, so that a mistyped name never trains on other data; without, in this order:
// /usr/share/datasets/fashion-mnist (the package dataset-fashion-mnist),
// ~/.cache/hone/fashion-mnist (scripts/fetch-data); but where HONE_DATA is set, that one alone.
// Otherwise throws an Error(data) that says where it looked, which files are needed and how to get
// them.
std::string find_fashion_mnist(const std::optional<std::string>& folder = std::nullopt);

struct FashionMnistSets {
  ImageSet train, test;
  // Whether these are the official 60,000 + 10,000 images. Other data in the same format (MNIST, a
  // cut-down set) load as well; a program that reports accuracies should say so.
  bool official = false;
  // In the order of the labels. Empty: the data do not say, and labels 0 .. 9 are allowed.
  std::vector<std::string> classes = {};
};

// Reads the four files of `folder`; where both exist, NAME.gz is preferred, because it carries a
// checksum. The names of the classes are `classes`; where these are empty, kFashionMnistClassNames
// for the official files, else the lines of classes.txt in the folder, if there is one. Throws
// Error(data) as load_idx and read_class_names do (a label without a name is refused), and when
// train and test images differ in size.
FashionMnistSets load_fashion_mnist_files(const std::string& folder,
                                          std::vector<std::string> classes = {});

}  // namespace hone::nn::data
