// Validation splits and the order of samples in an epoch: pure functions of their arguments.
//
// All results are the same bits on every machine and in every later version; tests hold fixed
// values.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hone::nn::data {

// Indices into a data set, both lists in ascending order and together all of 0 .. count-1.
struct Split {
  std::vector<std::int32_t> train, validation;
};

// The first `validation` samples validate (the split of the Keras tutorials: 5,000 of 60,000).
Split split_first(std::int64_t count, std::int64_t validation);

// `validation` samples drawn without replacement, keyed by `seed`.
Split split_random(std::int64_t count, std::int64_t validation, std::uint64_t seed);

// As split_random, but each class gives its share: the floor of validation * class size / count,
// and the classes with the largest remainders one more (ties: the lower label). Labels must be in 0
// .. classes-1.
Split split_stratified(std::span<const std::int32_t> labels, std::int32_t classes,
                       std::int64_t validation, std::uint64_t seed);

// Cross-validation: `folds` splits whose validation parts are together all samples, each once, and
// differ by one sample at most. Keyed by `seed`. 2 <= folds <= count.
std::vector<Split> split_folds(std::int64_t count, int folds, std::uint64_t seed);
// The same where each class is spread over the folds: in no two folds does a class differ by more
// than one sample.
std::vector<Split> split_folds_stratified(std::span<const std::int32_t> labels,
                                          std::int32_t classes, int folds, std::uint64_t seed);

// What balances the classes in a loss: samples / (classes * samples of the class), which is 1 for
// all of them when they are equally frequent; 0 for a class without samples. Throws Error(usage)
// for a label outside 0 .. classes-1, and without labels.
std::vector<float> balanced_class_weights(std::span<const std::int32_t> labels,
                                          std::int32_t classes);

// A permutation of 0 .. count-1 keyed by (seed, epoch): Fisher-Yates on a Philox stream, from the
// end. With shard_rows > 0 first one of the whole shards of so many, then one within each; what is
// left behind the last whole shard comes last.
std::vector<std::int32_t> epoch_order(std::uint64_t seed, std::uint64_t epoch, std::int64_t count,
                                      std::int64_t shard_rows = 0);

// All of them throw Error(usage) for a count outside 0 .. 2^31-1 or a validation size outside 0 ..
// count.

}  // namespace hone::nn::data
