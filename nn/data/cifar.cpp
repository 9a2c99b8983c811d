// CIFAR's records: planes of colours become pixels.
#include "nn/data/cifar.h"

#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "nn/data/class_names.h"

namespace hone::nn::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSide = 32, kPlane = kSide * kSide, kColours = 3;

std::int32_t classes_of(CifarLabels labels) {
  return labels == CifarLabels::ten ? 10 : labels == CifarLabels::fine ? 100 : 20;
}

// Appends the records of a file.
void append(ImageSet& set, std::span<const std::uint8_t> bytes, const std::string& name,
            CifarLabels labels) {
  const std::size_t label_bytes = labels == CifarLabels::ten ? 1 : 2;
  const std::size_t record = label_bytes + kColours * kPlane;
  if (bytes.empty() || bytes.size() % record != 0)
    fail(ErrorKind::data,
         "{}: has {} bytes, which are not whole records of {} (label and 32 x 32 pixels in three "
         "colours); is this the binary version?",
         name, bytes.size(), record);
  const std::size_t count = bytes.size() / record;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t* at = bytes.data() + i * record;
    const std::int32_t label = labels == CifarLabels::fine ? at[1] : at[0];
    if (label >= classes_of(labels))
      fail(ErrorKind::data, "{}: record {} has label {}, it must be 0 to {}", name, i, label,
           classes_of(labels) - 1);
    set.labels.push_back(label);
    const std::uint8_t* planes = at + label_bytes;
    for (std::size_t p = 0; p < kPlane; ++p)
      for (std::size_t c = 0; c < kColours; ++c) set.pixels.push_back(planes[c * kPlane + p]);
  }
  set.count += static_cast<std::int64_t>(count);
}

ImageSet empty_set() {
  ImageSet set;
  set.height = set.width = kSide;
  set.channels = kColours;
  return set;
}

ImageSet load(const fs::path& folder, const std::vector<std::string>& files, CifarLabels labels,
              const char* names) {
  ImageSet set = empty_set();
  for (const std::string& file : files) {
    const fs::path path = folder / file;
    append(set, read_file(path, kCifarByteLimit), printable(path.string()), labels);
  }
  set.class_names = read_class_names(folder / names);
  if (static_cast<std::int32_t>(set.class_names.size()) != classes_of(labels))
    fail(ErrorKind::data, "{}: has {} names, there are {} classes",
         printable((folder / names).string()), set.class_names.size(), classes_of(labels));
  return set;
}

}  // namespace

ImageSet decode_cifar(std::span<const std::uint8_t> bytes, const std::string& name,
                      CifarLabels labels) {
  ImageSet set = empty_set();
  append(set, bytes, name, labels);
  return set;
}

CifarSets load_cifar10(const std::string& folder) {
  const auto part = [&](const std::vector<std::string>& files) {
    return load(folder, files, CifarLabels::ten, "batches.meta.txt");
  };
  return {part({"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                "data_batch_5.bin"}),
          part({"test_batch.bin"})};
}

CifarSets load_cifar100(const std::string& folder, CifarLabels labels) {
  check(labels != CifarLabels::ten, "load_cifar100: the labels are fine or coarse ones");
  const char* names =
      labels == CifarLabels::fine ? "fine_label_names.txt" : "coarse_label_names.txt";
  return {load(folder, {"train.bin"}, labels, names), load(folder, {"test.bin"}, labels, names)};
}

}  // namespace hone::nn::data
