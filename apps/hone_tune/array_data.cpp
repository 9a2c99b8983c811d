// Arrays of NumPy: x and y in one .npz file, or in two .npy files.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "apps/hone_tune/own_data.h"
#include "apps/hone_tune/samples.h"
#include "base/error.h"
#include "nn/data/npy.h"

namespace hone::app {
namespace {

using nn::data::ImageSet;

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

// A class for each row.
void take_classes(Samples& v, const nn::data::NpyArray& y, const std::string& name) {
  constexpr std::int32_t kMostClasses = 10000;
  if (y.count() != y.shape[0])
    fail(ErrorKind::data, "{}: is [{}], one class for each row is needed", name,
         fmt::join(y.shape, ", "));
  v.labels = y.integers(name);
  const auto [low, high] = std::minmax_element(v.labels.begin(), v.labels.end());
  if (*low < 0 || *high >= kMostClasses)
    fail(ErrorKind::data, "{}: holds classes {} to {}; they go from 0 to at most {}", name, *low,
         *high, kMostClasses - 1);
  for (std::int32_t i = 0; i <= *high; ++i) v.class_names.push_back(fmt::format("{}", i));
}

// What is to be known of the values at each place of a row, the first of them; or nothing.
std::string range_note(const nn::data::NpyArray& array, const std::string& name,
                       std::string (*note_of)(const std::string& where, const Range& range)) {
  const auto ranges = array.ranges();
  std::int64_t more = 0;
  std::string first;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const std::string where =
        ranges.size() == 1 ? name : fmt::format("{}, value {} of a row", name, i + 1);
    const std::string note = note_of(where, {ranges[i].first, ranges[i].second});
    if (!note.empty() && !first.empty()) ++more;
    if (first.empty()) first = note;
  }
  return more == 0 ? first : fmt::format("{}; {} more are so", first, more);
}

// x [N, ...] and y [N] or [N, values]; the names are those of the file and the arrays.
Problem load_arrays(const OwnOptions& o, const nn::data::NpyArray& x, const std::string& x_name,
                    const nn::data::NpyArray& y, const std::string& y_name, Device& device) {
  if (x.shape.size() < 2 || y.shape.empty() || x.shape[0] != y.shape[0] || x.count() == 0)
    fail(ErrorKind::data, "{} is [{}], {} is [{}]: both need the same number of rows, x [N, ...]",
         x_name, fmt::join(x.shape, ", "), y_name, fmt::join(y.shape, ", "));
  Problem data;
  Samples v;
  std::string note;
  v.shape = sample_of(x, o, note);
  if (!note.empty()) data.notes.push_back(note);
  const bool pictures = v.shape.rank() == 3, bytes = pictures && x.type == "u1";
  if (bytes)
    v.bytes = x.octets(x_name);
  else
    v.x = finite_floats(x, x_name);
  if (o.task == Task::regress) {
    if (y.count() == 0) fail(ErrorKind::data, "{}: holds no value", y_name);
    v.targets = finite_floats(y, y_name);
    v.values = y.count() / y.shape[0];
    data.notes.push_back(range_note(y, y_name, note_of_target));
    check_targets(y_name, v.targets, v.values, data.notes.back());
  } else {
    take_classes(v, y, y_name);
  }
  const Parts parts =
      split_parts(o, x.shape[0], v.labels, static_cast<std::int32_t>(v.class_names.size()),
                  o.test.value_or(kShare));
  if (!v.labels.empty()) check_classes(y_name, v.labels, parts.train, v.class_names);
  if (!pictures) data.notes.push_back(range_note(x, x_name, note_of_feature));
  std::erase(data.notes, "");
  if (pictures) data.sample_name = "pictures";
  if (pictures && !bytes) data.metadata["samples"] = kNumbers;
  if (bytes && !v.labels.empty()) {
    const ImageSet all{x.shape[0], v.shape[0], v.shape[1], v.shape[2], v.bytes, v.labels};
    data.test_images = all.select(parts.test);
  }
  upload_samples(data, v, parts, "", device);
  return data;
}

}  // namespace

std::string array_name(const nn::data::NpzFile& arrays, const std::string& name) {
  const std::string capital(1, static_cast<char>(std::toupper(name[0])));
  return !arrays.has(name) && arrays.has(capital) ? capital : name;
}

Problem load_npz(const OwnOptions& o, Device& device) {
  const nn::data::NpzFile arrays(o.data);
  const std::string file = printable(o.data.string());
  const std::string x = array_name(arrays, "x"), y = array_name(arrays, "y");
  const nn::data::NpyArray samples = arrays.read(x);
  return load_arrays(o, samples, file + ": " + x, arrays.read(y), file + ": " + y, device);
}

Problem load_npy(const OwnOptions& o, Device& device) {
  const std::string x = printable(o.data.string()), y = printable(o.target);
  check(!o.target.empty(),
        "--target is missing: {} holds the samples; name the .npy file with a class or with values "
        "for each of them",
        x);
  check(ending_of(o.target) == ".npy", "--target {}: beside {} it names a .npy file", y, x);
  std::error_code ignored;
  if (!std::filesystem::exists(o.target, ignored))
    fail(ErrorKind::data, "{}: there is no such file", y);
  return load_arrays(o, nn::data::read_npy(o.data), x, nn::data::read_npy(o.target), y, device);
}

}  // namespace hone::app
