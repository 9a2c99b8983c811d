// Where Fashion-MNIST may lie, and what to tell a user who does not have it.
#include "nn/data/fashion_mnist.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "nn/data/class_names.h"
#include "nn/data/idx.h"

namespace hone::nn::data {
namespace {

namespace fs = std::filesystem;

// XXH3 digests of the loaded pixels and labels of the official files (train, test).
constexpr std::string_view kTrainDigest = "497346d3368b9582561944177e715813";
constexpr std::string_view kTestDigest = "e7aa9e36b1c55660904acfc332cf1228";

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

// The path of one file in `folder`, packed or plain; nothing when it is not there.
std::optional<fs::path> locate(const fs::path& folder, std::string_view name) {
  fs::path packed = folder / (std::string(name) + ".gz");
  if (is_file(packed)) return packed;
  fs::path plain = folder / name;
  if (is_file(plain)) return plain;
  return std::nullopt;
}

std::vector<std::string_view> missing_files(const fs::path& folder) {
  std::vector<std::string_view> missing;
  for (const FashionMnistFile& file : kFashionMnistFiles)
    if (!locate(folder, file.name)) missing.push_back(file.name);
  return missing;
}

bool is_named_by_environment() {
  const char* data = std::getenv("HONE_DATA");
  return data != nullptr && *data != '\0';
}

std::vector<fs::path> usual_folders() {
  if (is_named_by_environment()) return {std::getenv("HONE_DATA")};
  std::vector<fs::path> folders;
  folders.emplace_back("/usr/share/datasets/fashion-mnist");
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
    folders.push_back(fs::path(home) / ".cache" / "hone" / "fashion-mnist");
  return folders;
}

fs::path require(const fs::path& folder, std::string_view name) {
  if (auto path = locate(folder, name)) return *path;
  fail(ErrorKind::data,
       "{}: has neither {}.gz nor {}; install the package dataset-fashion-mnist or run "
       "scripts/fetch-data",
       printable(folder.string()), name, name);
}

ImageSet load_pair(const fs::path& folder, std::size_t first, std::int32_t classes) {
  return load_idx(require(folder, kFashionMnistFiles[first].name),
                  require(folder, kFashionMnistFiles[first + 1].name), {.classes = classes});
}

std::string set_digest(const ImageSet& set) {
  const std::string both = digest_hex(set.pixels.data(), set.pixels.size()) +
                           digest_hex(set.labels.data(), set.labels.size() * sizeof(std::int32_t));
  return digest_hex(both.data(), both.size());
}

}  // namespace

std::string find_fashion_mnist(const std::optional<std::string>& folder) {
  const std::vector<fs::path> folders = folder ? std::vector<fs::path>{*folder} : usual_folders();
  std::string looked;
  for (const fs::path& candidate : folders) {
    const std::vector<std::string_view> missing = missing_files(candidate);
    if (missing.empty()) return candidate.string();
    looked +=
        fmt::format("  {}: {} of 4 files missing\n", printable(candidate.string()), missing.size());
  }
  std::string needed;
  for (const FashionMnistFile& file : kFashionMnistFiles)
    needed += fmt::format("  {:<24} sha256 {}\n", file.name, file.sha256);
  fail(ErrorKind::data,
       "Fashion-MNIST was not found. Looked in{}:\n{}"
       "Needed, plain or as .gz, with these digests of the unpacked bytes:\n{}"
       "Do one of: apt install dataset-fashion-mnist; scripts/fetch-data; or put the files into a "
       "folder and "
       "name it in HONE_DATA",
       !folder && is_named_by_environment() ? " the folder that HONE_DATA names" : "", looked,
       needed);
}

FashionMnistSets load_fashion_mnist_files(const std::string& folder,
                                          std::vector<std::string> classes) {
  FashionMnistSets sets;
  const fs::path names = fs::path(folder) / "classes.txt";
  if (classes.empty() && is_file(names)) classes = read_class_names(names);
  const std::int32_t count =
      classes.empty() ? kFashionMnistClasses : static_cast<std::int32_t>(classes.size());
  sets.train = load_pair(folder, 0, count);
  sets.test = load_pair(folder, 2, count);
  const ImageSet &train = sets.train, &test = sets.test;
  if (train.height != test.height || train.width != test.width || train.channels != test.channels)
    fail(ErrorKind::data,
         "{}: training images are [{}, {}, {}], test images [{}, {}, {}]; take all four "
         "files from one data set",
         printable(folder), train.height, train.width, train.channels, test.height, test.width,
         test.channels);
  sets.classes = std::move(classes);
  sets.official = set_digest(train) == kTrainDigest && set_digest(test) == kTestDigest;
  if (sets.official && sets.classes.empty())
    sets.classes.assign(kFashionMnistClassNames.begin(), kFashionMnistClassNames.end());
  return sets;
}

}  // namespace hone::nn::data
