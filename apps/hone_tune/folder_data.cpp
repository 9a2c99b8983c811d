// Folders: pictures by class, IDX files, sets of shards.
#include <fmt/format.h>

#include <algorithm>

#include "apps/hone_tune/samples.h"
#include "apps/tuning/identity.h"
#include "base/error.h"
#include "nn/data/fashion_mnist.h"
#include "nn/data/picture.h"
#include "nn/data/shards.h"

namespace hone::app {
namespace {

using nn::data::Dataset;
using nn::data::ImageSet;

// `test`: a set of its own, or null.
Problem upload_pictures(const OwnOptions& o, const ImageSet& set, const ImageSet* test,
                        Device& device) {
  const auto classes = static_cast<std::int32_t>(set.class_names.size());
  const Parts parts =
      split_parts(o, set.count, set.labels, classes, test == nullptr ? o.test.value_or(kShare) : 0);
  const std::string where = printable(o.data.string());
  const auto counts = class_counts(where, set.labels, set.class_names);
  if (test == nullptr) check_classes(where, set.labels, parts.train, set.class_names);
  Problem data;
  data.sample_name = "pictures";
  // The numbers of IDX files are as they are, and may begin with 1.
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] == 0)
      data.notes.push_back(
          fmt::format("no picture of the class '{}' to train on", printable(set.class_names[i])));
  const ImageSet train = set.select(parts.train);
  data.test_images = test == nullptr ? set.select(parts.test) : *test;
  const nn::data::Standardization by = nn::data::standardize(train);
  const auto upload = [&](const ImageSet& part) {
    const Dataset plain = nn::data::upload(device, part);
    return Dataset({.samples = plain.samples(),
                    .labels = plain.labels(),
                    .standardization = by,
                    .class_names = part.class_names});
  };
  data.train = upload(train);
  data.validation = upload(set.select(parts.validation));
  data.test = upload(data.test_images);
  data.classes = set.class_names;
  data.settings["data"] = identity_of_pictures(set);
  data.late_settings["data names"] = identity_of_names(set.class_names);
  return data;
}

// The classes of labels without names.
std::vector<std::string> numbered(const nn::data::FashionMnistSets& sets) {
  std::int32_t most = 1;
  for (const ImageSet* set : {&sets.train, &sets.test})
    most = std::max(most, *std::max_element(set->labels.begin(), set->labels.end()));
  std::vector<std::string> names;
  for (std::int32_t i = 0; i <= most; ++i) names.push_back(fmt::format("{}", i));
  return names;
}

}  // namespace

Problem load_idx_folder(const OwnOptions& o, Device& device) {
  nn::data::FashionMnistSets sets = nn::data::load_fashion_mnist_files(o.data);
  std::vector<std::string> names = sets.classes;
  if (names.empty()) names = numbered(sets);
  sets.train.class_names = sets.test.class_names = names;
  Problem data = upload_pictures(o, sets.train, &sets.test, device);
  data.late_settings["test data"] = identity_of_pictures(sets.test);
  return data;
}

Problem load_picture_folder(const OwnOptions& o, Device& device) {
  const ImageSet set = nn::data::load_image_folder(
      o.data, {.height = o.image_size,
               .width = o.image_size,
               .channels = o.grey ? 1 : 3,
               .size_advice = o.image_size ? "choose a smaller --image-size"
                                           : "--image-size N brings all to one size"});
  return upload_pictures(o, set, nullptr, device);
}

Problem load_shard_sets(const OwnOptions& o, Device& device) {
  Problem data;
  data.train = nn::data::open_shards(device, (o.data / "train").string());
  data.validation = nn::data::load_shards(device, (o.data / "validation").string());
  data.test = nn::data::load_shards(device, (o.data / "test").string());
  const Dataset& train = data.train;
  const auto refuse = [&](const std::string& what) {
    fail(ErrorKind::data, "{}: {}", printable(o.data.string()), what);
  };
  for (const Dataset* part : {&data.validation, &data.test})
    if (part->shape() != train.shape() || part->classes() != train.classes() ||
        part->class_names() != train.class_names())
      refuse("the sets in train, validation and test differ in shape or classes");
  if (o.task == Task::classify) {
    if (!train.has_labels()) refuse("the sets have no labels; is this --task regress?");
    if (train.classes() < 2) refuse("the sets have one class alone; two or more are needed");
    data.classes = train.class_names();
    if (data.classes.empty())
      for (int i = 0; i < train.classes(); ++i) data.classes.push_back(fmt::format("{}", i));
  } else {
    for (const Dataset* part : {&data.train, &data.validation, &data.test})
      part->column("target", printable(o.data.string()));
  }
  data.settings["data"] =
      fmt::format("{} samples, digest {}", train.count(), train.shards()->digest());
  const auto digest = [&](const char* part) {
    return nn::data::ShardFolder((o.data / part).string()).digest();
  };
  data.late_settings["test data"] =
      fmt::format("validation digest {}, test digest {}", digest("validation"), digest("test"));
  data.notes.push_back(
      fmt::format("the training part stays on the disk, in shards of {}", train.shard_rows()));
  return data;
}

}  // namespace hone::app
