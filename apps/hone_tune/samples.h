// Samples that are read whole: how they are divided, and what becomes of them on the device.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/hone_tune/options.h"
#include "apps/hone_tune/range.h"
#include "apps/tuning/problem.h"
#include "nn/data/npy.h"

namespace hone::app {

using Indices = std::vector<std::int32_t>;

// Which samples train, validate and test.
struct Parts {
  Indices train, validation, test;
};

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

// By class where there are labels. `test` 0: all of the rest trains. Throws Error(data) for fewer
// than 10 samples.
Parts split_parts(const OwnOptions& options, std::int64_t count,
                  const std::vector<std::int32_t>& labels, std::int32_t classes, double test);

// How many samples each class has. Throws Error(data) that begins with `where` unless two have
// some.
std::vector<std::int64_t> class_counts(const std::string& where,
                                       const std::vector<std::int32_t>& labels,
                                       const std::vector<std::string>& names);
// The same, and each class must be among the samples that train.
void check_classes(const std::string& where, const std::vector<std::int32_t>& labels,
                   const Indices& train, const std::vector<std::string>& names);

// Throws Error(data) that begins with `where` when no value of a target [count, values] varies;
// `note` is what note_of_target() says of it.
void check_targets(const std::string& where, const std::vector<float>& targets, std::int64_t values,
                   const std::string& note);

// Throws Error(data) that begins with `where` when 32-bit numbers cannot hold the differences
// between the values of a target. What is to be known of others, with `where` before it; or
// nothing.
std::string note_of_target(const std::string& where, const Range& range);
// The same for a feature. One whose differences are too small counts as one that does not vary.
std::string note_of_feature(const std::string& where, const Range& range);

// The parts on the device, standardised by the training part, the targets too; the names of the
// classes, and what the study remembers of the samples. `meaning`: of the numbers of a sample.
void upload_samples(Problem& data, const Samples& samples, const Parts& parts,
                    const std::string& meaning, Device& device);

// "x" or "y", or the capital where only that is there.
std::string array_name(const nn::data::NpzFile& arrays, const std::string& name);

// As NpyArray::floats(); numbers that are not finite throw as well.
std::vector<float> finite_floats(const nn::data::NpyArray& array, const std::string& name);

// The readers of each kind of data; see load_own_data().
Problem load_table(const OwnOptions& options, Device& device);
Problem load_npz(const OwnOptions& options, Device& device);
Problem load_npy(const OwnOptions& options, Device& device);
Problem load_picture_folder(const OwnOptions& options, Device& device);
Problem load_idx_folder(const OwnOptions& options, Device& device);
Problem load_shard_sets(const OwnOptions& options, Device& device);

}  // namespace hone::app
