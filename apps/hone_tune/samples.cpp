// Splits, checks and uploads.
#include "apps/hone_tune/samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "apps/tuning/identity.h"
#include "base/error.h"
#include "nn/data/split.h"
#include "nn/data/standardization.h"

namespace hone::app {
namespace {

using nn::data::Dataset;
using nn::data::ImageSet;
using nn::data::Split;

std::int64_t share(double part, std::int64_t count) {
  return std::max<std::int64_t>(1, std::llround(part * static_cast<double>(count)));
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

}  // namespace

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
  const Split inner = divide(all, share(o.validation.value_or(kShare), count), o.seed + 1);
  parts.train = chosen(all, inner.train);
  parts.validation = chosen(all, inner.validation);
  return parts;
}

std::vector<std::int64_t> class_counts(const std::string& where,
                                       const std::vector<std::int32_t>& labels,
                                       const std::vector<std::string>& names) {
  std::vector<std::int64_t> counts(names.size());
  for (const std::int32_t label : labels) ++counts[static_cast<std::size_t>(label)];
  if (std::count(counts.begin(), counts.end(), 0) + 1 >= static_cast<std::int64_t>(names.size()))
    fail(ErrorKind::data, "{}: has one class alone, '{}'; classification needs two or more", where,
         printable(names[static_cast<std::size_t>(labels.front())]));
  return counts;
}

void check_classes(const std::string& where, const std::vector<std::int32_t>& labels,
                   const Indices& train, const std::vector<std::string>& names) {
  const std::vector<std::int64_t> all = class_counts(where, labels, names);
  std::vector<std::int64_t> left(names.size());
  for (const std::int32_t row : train)
    ++left[static_cast<std::size_t>(labels[static_cast<std::size_t>(row)])];
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (all[i] == 0)
      fail(ErrorKind::data,
           "{}: has no sample of the class '{}'; every class needs some, and where classes are "
           "numbers they go from 0 to the largest one",
           where, printable(names[i]));
    if (left[i] == 0)
      fail(ErrorKind::data,
           "{}: of the class '{}', which {} samples have, none is left to train on; give more of "
           "them, or leave the class out",
           where, printable(names[i]), all[i]);
  }
}

void check_targets(const std::string& where, const std::vector<float>& targets, std::int64_t values,
                   const std::string& note) {
  const auto width = static_cast<std::size_t>(values);
  for (std::size_t i = width; i < targets.size(); ++i)
    if (targets[i] != targets[i % width]) return;
  if (!targets.empty())
    fail(ErrorKind::data,
         "{} is the same in every row, as 32-bit numbers; there is nothing to predict{}{}", where,
         note.empty() ? "" : "\n", note);
}

std::string note_of_target(const std::string& where, const Range& range) {
  const std::string complaint = range.complaint();
  if (range.is_narrow() || range.is_wide()) fail(ErrorKind::data, "{} {}", where, complaint);
  return complaint.empty() ? "" : where + " " + complaint;
}

std::string note_of_feature(const std::string& where, const Range& range) {
  return range.is_narrow() ? where + " " + range.complaint() : note_of_target(where, range);
}

void upload_samples(Problem& data, const Samples& v, const Parts& parts, const std::string& meaning,
                    Device& device) {
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
  if (!v.class_names.empty() || !meaning.empty())
    data.late_settings["data names"] = identity_of_names(v.class_names, meaning);
}

std::vector<float> finite_floats(const nn::data::NpyArray& array, const std::string& name) {
  std::vector<float> values = array.floats(name);
  const auto bad =
      std::find_if(values.begin(), values.end(), [](float v) { return !std::isfinite(v); });
  if (bad != values.end())
    fail(ErrorKind::data, "{}: {} is {}; fill it in, or leave the row out", name,
         array.place(bad - values.begin()), *bad);
  return values;
}

}  // namespace hone::app
