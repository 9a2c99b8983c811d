// Which reader takes the data, the split, and what is fitted on the training part.
#include "apps/hone_tune/own_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "base/digest.h"
#include "base/error.h"
#include "base/files.h"
#include "nn/data/fashion_mnist.h"
#include "nn/data/npy.h"
#include "nn/data/picture.h"
#include "nn/data/shards.h"
#include "nn/data/split.h"
#include "nn/data/table.h"
#include "nn/data/table_encoder.h"

namespace hone::app {
namespace {

namespace fs = std::filesystem;
using nn::data::Dataset;
using nn::data::ImageSet;
using nn::data::Split;

using Indices = std::vector<std::int32_t>;

// Which samples train, validate and test.
struct Parts {
  Indices train, validation, test;
};

std::int64_t share(double part, std::int64_t count) {
  return std::max<std::int64_t>(1, std::llround(part * static_cast<double>(count)));
}

// By class where there are labels. `test` 0: all of the rest trains.
Parts split_parts(const OwnOptions& o, std::int64_t count, const std::vector<std::int32_t>& labels,
                  std::int32_t classes, double test) {
  const auto divide = [&](const Indices& from, std::int64_t size, std::uint64_t seed) {
    if (labels.empty())
      return nn::data::split_random(static_cast<std::int64_t>(from.size()), size, seed);
    Indices some;
    for (const std::int32_t i : from) some.push_back(labels[static_cast<std::size_t>(i)]);
    return nn::data::split_stratified(some, classes, size, seed);
  };
  const auto chosen = [](const Indices& from, const Indices& places) {
    Indices list;
    for (const std::int32_t i : places) list.push_back(from[static_cast<std::size_t>(i)]);
    return list;
  };
  if (count < 10)
    fail(ErrorKind::data, "{}: has {} samples, at least 10 are needed", printable(o.data.string()),
         count);
  Indices all(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int32_t>(i);
  Parts parts;
  if (test > 0) {
    const Split outer = divide(all, share(test, count), o.seed);
    parts.test = chosen(all, outer.validation);
    all = chosen(all, outer.train);
  }
  const Split inner = divide(all, share(o.validation, count), o.seed + 1);
  parts.train = chosen(all, inner.train);
  parts.validation = chosen(all, inner.validation);
  return parts;
}

template <class T>
std::vector<T> rows_of(const std::vector<T>& values, const Indices& rows, std::size_t width) {
  std::vector<T> part;
  part.reserve(rows.size() * width);
  for (const std::int32_t row : rows) {
    const auto at =
        values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(row) * width);
    part.insert(part.end(), at, at + static_cast<std::ptrdiff_t>(width));
  }
  return part;
}

template <class T>
std::string digest_of(const std::vector<T>& values) {
  return digest_hex(values.data(), values.size() * sizeof(T));
}

// Vectors or pictures with labels or targets.
struct Samples {
  std::vector<float> x;
  std::vector<std::uint8_t> bytes = {};  // of pictures, in place of x
  Shape shape = {1};                     // of a sample
  std::vector<std::int32_t> labels;
  std::vector<std::string> class_names;
  std::vector<float> targets;  // [count, values]
  std::int64_t values = 1;     // of a target
};

// The numbers of a vector each for itself, those of pictures by channel.
nn::data::Standardization standardize(const Samples& v, const Indices& rows) {
  const auto width = static_cast<std::size_t>(v.shape.count());
  const std::int64_t channels = v.shape[v.shape.rank() - 1];
  if (v.bytes.empty()) return nn::data::standardize(rows_of(v.x, rows, width), channels);
  ImageSet set{static_cast<std::int64_t>(rows.size()), v.shape[0], v.shape[1], channels, {}, {}};
  set.pixels = rows_of(v.bytes, rows, width);
  set.labels.resize(rows.size());
  return nn::data::standardize(set);
}

// Standardised by the training part, the targets too.
void upload_samples(Problem& data, const Samples& v, const Parts& parts, Device& device) {
  const auto width = static_cast<std::size_t>(v.shape.count());
  const auto values = static_cast<std::size_t>(v.values);
  const nn::data::Standardization by = standardize(v, parts.train);
  nn::data::Standardization target;
  if (v.labels.empty())
    target = nn::data::standardize(rows_of(v.targets, parts.train, values), v.values);
  const auto upload = [&](const Indices& rows) {
    const auto count = static_cast<std::int64_t>(rows.size());
    const Shape shape = v.shape.rank() == 1 ? Shape{count, v.shape[0]}
                                            : Shape{count, v.shape[0], v.shape[1], v.shape[2]};
    nn::data::DatasetParts part{
        .samples = v.bytes.empty()
                       ? Tensor::from<float>(device, rows_of(v.x, rows, width), shape)
                       : Tensor::from<std::uint8_t>(device, rows_of(v.bytes, rows, width), shape),
        .standardization = by,
        .class_names = v.class_names};
    if (v.labels.empty())
      part.columns = {{.name = "target",
                       .values = Tensor::from<float>(device, rows_of(v.targets, rows, values),
                                                     Shape{count, v.values}),
                       .standardization = target}};
    else
      part.labels = Tensor::from<std::int32_t>(device, rows_of(v.labels, rows, 1), Shape{count});
    return Dataset(std::move(part));
  };
  data.train = upload(parts.train);
  data.validation = upload(parts.validation);
  data.test = upload(parts.test);
  data.classes = v.class_names;
  const bool pictures = v.shape.rank() == 3;
  data.settings["data"] =
      fmt::format("{} {}, digest {} {}{}", (v.x.size() + v.bytes.size()) / width,
                  pictures ? "pictures " + v.shape.str() : "samples",
                  v.bytes.empty() ? digest_of(v.x) : digest_of(v.bytes), digest_of(v.labels),
                  digest_of(v.targets));
}

// The target of a table as labels or numbers.
void take_target(Samples& v, const nn::data::TableColumn& column, const OwnOptions& o) {
  const auto refuse = [&](const std::string& what) {
    fail(ErrorKind::data, "{}: the target '{}' {}", printable(o.data.string()),
         printable(column.name), what);
  };
  if (o.task == Task::regress) {
    if (!column.is_number) refuse("holds texts; --task regress needs numbers");
    for (const double value : column.numbers) v.targets.push_back(static_cast<float>(value));
    return;
  }
  if (!column.is_number) {
    v.labels = column.codes;
    v.class_names = column.categories;
    if (2 * v.class_names.size() > v.labels.size())
      refuse(fmt::format("has {} different texts in {} rows, too many to be classes",
                         v.class_names.size(), v.labels.size()));
  } else {
    std::map<double, std::int32_t> classes;
    for (const double value : column.numbers) classes.emplace(value, 0);
    const bool whole = std::all_of(classes.begin(), classes.end(), [](const auto& one) {
      return one.first == std::floor(one.first);
    });
    if (classes.size() > 200 || !whole ||
        (classes.size() > 20 && 2 * classes.size() > column.numbers.size()))
      refuse(fmt::format("has {} different {}numbers; is this --task regress?", classes.size(),
                         whole ? "" : "fractional "));
    for (auto& [value, label] : classes) {
      label = static_cast<std::int32_t>(v.class_names.size());
      v.class_names.push_back(fmt::format("{}", value));
    }
    for (const double value : column.numbers) v.labels.push_back(classes.at(value));
  }
  if (v.class_names.size() < 2) refuse("has one class alone");
}

// The rows whose target is there.
Indices rows_with(const nn::data::TableColumn& column, std::int64_t rows) {
  Indices list;
  for (std::size_t i = 0; i < static_cast<std::size_t>(rows); ++i)
    if (column.is_number ? !std::isnan(column.numbers[i]) : column.codes[i] >= 0)
      list.push_back(static_cast<std::int32_t>(i));
  return list;
}

Problem load_table(const OwnOptions& o, Device& device) {
  check(!o.target.empty(), "--target is missing: which column is to be predicted?");
  const nn::data::Table whole = nn::data::read_csv(o.data);
  const Indices rows = rows_with(whole.column(o.target), whole.rows);
  const nn::data::Table table = whole.select(rows);
  Samples v;
  take_target(v, table.column(o.target), o);
  const Parts parts =
      split_parts(o, table.rows, v.labels, static_cast<std::int32_t>(v.class_names.size()), o.test);
  Problem data;
  data.sample_name = "rows";
  const nn::data::TableEncoder encoder(table.select(parts.train), {.without = {o.target}});
  data.metadata["encoder"] = encoder.json();
  v.x = encoder.encode(table);
  v.shape = {encoder.width()};
  upload_samples(data, v, parts, device);
  data.notes.push_back(
      fmt::format("{} columns become {} numbers", encoder.features().size(), encoder.width()));
  if (const std::int64_t missing = whole.rows - table.rows; missing > 0)
    data.notes.push_back(fmt::format("{} rows without a target are left out", missing));
  for (const std::string& column : encoder.left_out()) data.notes.push_back("left out: " + column);
  return data;
}

// What a row of the array is: a picture [H, W, C] or a vector. `note` says it for people.
Shape sample_of(const nn::data::NpyArray& x, const OwnOptions& o, std::string& note) {
  constexpr std::int64_t kSmallestSide = 8;  // of grey pictures that have no axis for channels
  const std::vector<std::int64_t>& s = x.shape;
  const std::string whole = fmt::format("[{}]", fmt::join(s, ", "));
  const bool channels = s.size() == 4 && (s[3] == 1 || s[3] == 3);
  const bool plain = s.size() == 3;
  check(o.arrays != "pictures" || channels || plain,
        "--arrays pictures: x is {}; pictures are [N, H, W] or [N, H, W, C] with 1 or 3 channels",
        whole);
  const bool sides = s.size() > 2 && std::min(s[1], s[2]) >= kSmallestSide;
  const bool pictures = o.arrays == "auto" ? channels || (plain && sides) : o.arrays == "pictures";
  if (pictures) {
    const Shape sample{s[1], s[2], channels ? s[3] : 1};
    note = fmt::format("x {} holds {} pictures of {} x {}{}; --arrays vectors takes plain numbers",
                       whole, sample[2] == 1 ? "grey" : "coloured", sample[1], sample[0],
                       x.type == "u1" ? ", in bytes" : "");
    return sample;
  }
  const std::int64_t width = x.count() / s[0];
  if (s.size() > 2)
    note = fmt::format("x {} holds {} numbers a row, without their places", whole, width);
  return {width};
}

// x [N, ...] and y [N] or [N, values].
Problem load_arrays(const OwnOptions& o, Device& device) {
  const auto arrays = nn::data::read_npz(o.data);
  const std::string file = printable(o.data.string());
  const auto array = [&](const char* name) -> const nn::data::NpyArray& {
    const auto found = arrays.find(name);
    if (found == arrays.end())
      fail(ErrorKind::data, "{}: has no array '{}'; x and y are needed", file, name);
    return found->second;
  };
  const nn::data::NpyArray &x = array("x"), &y = array("y");
  if (x.shape.size() < 2 || y.shape.empty() || x.shape[0] != y.shape[0] || x.count() == 0)
    fail(ErrorKind::data, "{}: x and y need the same number of rows, x [N, ...]", file);
  Problem data;
  Samples v;
  std::string note;
  v.shape = sample_of(x, o, note);
  if (!note.empty()) data.notes.push_back(note);
  const bool pictures = v.shape.rank() == 3, bytes = pictures && x.type == "u1";
  if (bytes)
    v.bytes = x.octets(file + ": x");
  else
    v.x = x.floats(file + ": x");
  if (o.task == Task::regress) {
    v.targets = y.floats(file + ": y");
    v.values = y.count() / y.shape[0];
  } else {
    if (y.shape.size() != 1) fail(ErrorKind::data, "{}: y needs one class for each row", file);
    v.labels = y.integers(file + ": y");
    const auto [low, high] = std::minmax_element(v.labels.begin(), v.labels.end());
    if (*low < 0 || *high > 9999 || *high == 0)
      fail(ErrorKind::data, "{}: y holds classes {} to {}; 0 to at most 9999 are needed", file,
           *low, *high);
    for (std::int32_t i = 0; i <= *high; ++i) v.class_names.push_back(fmt::format("{}", i));
  }
  const Parts parts =
      split_parts(o, x.shape[0], v.labels, static_cast<std::int32_t>(v.class_names.size()), o.test);
  if (pictures) data.sample_name = "pictures";
  if (pictures && !bytes) data.metadata["samples"] = kNumbers;
  if (bytes && !v.labels.empty()) {
    const ImageSet all{x.shape[0], v.shape[0], v.shape[1], v.shape[2], v.bytes, v.labels};
    data.test_images = all.select(parts.test);
  }
  upload_samples(data, v, parts, device);
  return data;
}

std::string identity_of(const ImageSet& set) {
  return fmt::format("{} pictures, digest {} {}", set.count, digest_of(set.pixels),
                     digest_of(set.labels));
}

// `test`: a set of its own, or null.
Problem upload_pictures(const OwnOptions& o, const ImageSet& set, const ImageSet* test,
                        Device& device) {
  const auto classes = static_cast<std::int32_t>(set.class_names.size());
  const Parts parts = split_parts(o, set.count, set.labels, classes, test == nullptr ? o.test : 0);
  Problem data;
  data.sample_name = "pictures";
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
  data.settings["data"] = identity_of(set);
  return data;
}

void name_missing(ImageSet& set) {
  if (!set.class_names.empty()) return;
  const std::int32_t most = *std::max_element(set.labels.begin(), set.labels.end());
  for (std::int32_t i = 0; i <= std::max(most, 1); ++i)
    set.class_names.push_back(fmt::format("{}", i));
}

// train, validation and test, each a set of shards; the first stays on the disk.
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
    data.classes = train.class_names();
    if (data.classes.empty())
      for (int i = 0; i < train.classes(); ++i) data.classes.push_back(fmt::format("{}", i));
  } else {
    for (const Dataset* part : {&data.train, &data.validation, &data.test})
      part->column("target", printable(o.data.string()));
  }
  data.settings["data"] =
      fmt::format("{} samples, digest {}", train.count(), train.shards()->digest());
  data.notes.push_back(
      fmt::format("the training part stays on the disk, in shards of {}", train.shard_rows()));
  return data;
}

Problem load_folder(const OwnOptions& o, Device& device) {
  if (nn::data::is_shard_folder((o.data / "train").string())) return load_shard_sets(o, device);
  check(o.task == Task::classify, "--task regress needs a CSV or .npz file, not pictures");
  const auto is_idx = [&](const char* ending) {
    const std::string name(nn::data::kFashionMnistFiles[0].name);
    return fs::exists(o.data / (name + ending));
  };
  if (is_idx("") || is_idx(".gz")) {
    nn::data::FashionMnistSets sets = nn::data::load_fashion_mnist_files(o.data);
    sets.train.class_names = sets.test.class_names = sets.classes;
    name_missing(sets.train);
    sets.test.class_names = sets.train.class_names;
    return upload_pictures(o, sets.train, &sets.test, device);
  }
  ImageSet set;
  try {
    set = nn::data::load_image_folder(
        o.data, {.height = o.image_size, .width = o.image_size, .channels = o.grey ? 1 : 3});
  } catch (const Error& error) {
    if (o.image_size || error.kind() != ErrorKind::data) throw;
    fail(error.kind(), "{}\n--image-size N brings pictures of different sizes to one.",
         error.what());
  }
  return upload_pictures(o, set, nullptr, device);
}

}  // namespace

std::string name_of_data(const fs::path& path) {
  const fs::path whole = fs::absolute(path).lexically_normal();
  return whole.has_filename() ? whole.stem().string() : whole.parent_path().filename().string();
}

Problem load_own_data(const OwnOptions& options, Device& device) {
  const fs::path& path = options.data;
  std::error_code ignored;
  if (!fs::exists(path, ignored))
    fail(ErrorKind::data, "{}: there is no such file or folder", printable(path.string()));
  const bool is_folder = fs::is_directory(path);
  const std::string ending = path.extension().string();
  check(options.target.empty() || (!is_folder && ending != ".npz"),
        "--target is for CSV files; in folders the class is the folder, in .npz files y is the "
        "target");
  check(options.arrays == "auto" || ending == ".npz", "--arrays is for .npz files");
  if (is_folder) return load_folder(options, device);
  return ending == ".npz" ? load_arrays(options, device) : load_table(options, device);
}

}  // namespace hone::app
