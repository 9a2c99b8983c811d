// Splits and epoch orders on Philox streams. The draws are part of the promise: do not reorder
// them.
#include "nn/data/split.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/philox.h"

namespace hone::nn::data {
namespace {

// Keeps the streams of the three uses apart when they are given the same seed.
constexpr std::uint64_t kEpochOrder = 0x6f72646572, kRandomSplit = 0x73706c6974,
                        kStratified = 0x7374726174, kFolds = 0x666f6c6473;

void check_count(std::int64_t count) {
  check(count >= 0 && count <= std::numeric_limits<std::int32_t>::max(),
        "split: a count of {} is outside 0 to 2147483647", count);
}

void check_sizes(std::int64_t count, std::int64_t validation) {
  check_count(count);
  check(validation >= 0 && validation <= count,
        "split: cannot take {} samples for validation out of {}", validation, count);
}

void shuffle(std::vector<std::int32_t>& values, PhiloxStream& stream) {
  for (std::size_t i = values.size(); i > 1; --i)
    std::swap(values[i - 1], values[static_cast<std::size_t>(stream.below(i))]);
}

Split from_mask(const std::vector<bool>& validates) {
  Split split;
  for (std::size_t i = 0; i < validates.size(); ++i)
    (validates[i] ? split.validation : split.train).push_back(static_cast<std::int32_t>(i));
  return split;
}

// How many of `validation` samples each class gives: largest remainders.
std::vector<std::int64_t> quotas(const std::vector<std::vector<std::int32_t>>& members,
                                 std::int64_t count, std::int64_t validation) {
  std::vector<std::int64_t> quota(members.size()), remainder(members.size());
  std::int64_t given = 0;
  for (std::size_t k = 0; k < members.size(); ++k) {
    // Both factors are below 2^31.
    const std::int64_t share = validation * static_cast<std::int64_t>(members[k].size());
    quota[k] = share / count;
    remainder[k] = share % count;
    given += quota[k];
  }
  std::vector<std::size_t> order(members.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return remainder[a] > remainder[b]; });
  for (std::size_t k = 0; given < validation; ++k, ++given) ++quota[order[k]];
  return quota;
}

// The samples of each class in ascending order.
std::vector<std::vector<std::int32_t>> by_class(std::span<const std::int32_t> labels,
                                                std::int32_t classes) {
  constexpr std::int32_t kMostClasses = 1 << 24;  // each takes memory
  check(classes > 0 && classes <= kMostClasses,
        "split: the number of classes must be 1 to {}, it is {}", kMostClasses, classes);
  std::vector<std::vector<std::int32_t>> members(static_cast<std::size_t>(classes));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    check(labels[i] >= 0 && labels[i] < classes, "split: label {} of sample {} is outside 0..{}",
          labels[i], i, classes - 1);
    members[static_cast<std::size_t>(labels[i])].push_back(static_cast<std::int32_t>(i));
  }
  return members;
}

// Deals the shuffled samples of each list out to the folds, going on where the last list ended.
std::vector<Split> dealt(std::vector<std::vector<std::int32_t>> lists, std::int64_t count,
                         int folds, std::uint64_t seed) {
  check(folds >= 2 && folds <= count, "split: {} folds of {} samples cannot be made", folds, count);
  std::vector<std::vector<bool>> validates(static_cast<std::size_t>(folds),
                                           std::vector<bool>(static_cast<std::size_t>(count)));
  std::size_t next = 0;
  for (std::size_t k = 0; k < lists.size(); ++k) {
    PhiloxStream stream(mix(seed, kFolds), k);
    shuffle(lists[k], stream);
    for (const std::int32_t sample : lists[k])
      validates[next++ % validates.size()][static_cast<std::size_t>(sample)] = true;
  }
  std::vector<Split> splits;
  for (const std::vector<bool>& mask : validates) splits.push_back(from_mask(mask));
  return splits;
}

}  // namespace

Split split_first(std::int64_t count, std::int64_t validation) {
  check_sizes(count, validation);
  Split split;
  split.validation.resize(static_cast<std::size_t>(validation));
  split.train.resize(static_cast<std::size_t>(count - validation));
  std::iota(split.validation.begin(), split.validation.end(), 0);
  std::iota(split.train.begin(), split.train.end(), static_cast<std::int32_t>(validation));
  return split;
}

Split split_random(std::int64_t count, std::int64_t validation, std::uint64_t seed) {
  check_sizes(count, validation);
  std::vector<std::int32_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  PhiloxStream stream(mix(seed, kRandomSplit));
  shuffle(order, stream);
  std::vector<bool> validates(order.size());
  for (std::int64_t i = 0; i < validation; ++i)
    validates[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])] = true;
  return from_mask(validates);
}

Split split_stratified(std::span<const std::int32_t> labels, std::int32_t classes,
                       std::int64_t validation, std::uint64_t seed) {
  const auto count = static_cast<std::int64_t>(labels.size());
  check_sizes(count, validation);
  std::vector<std::vector<std::int32_t>> members = by_class(labels, classes);
  std::vector<bool> validates(labels.size());
  if (count == 0) return from_mask(validates);
  const std::vector<std::int64_t> quota = quotas(members, count, validation);
  for (std::size_t k = 0; k < members.size(); ++k) {
    PhiloxStream stream(mix(seed, kStratified), k);
    shuffle(members[k], stream);
    for (std::int64_t i = 0; i < quota[k]; ++i)
      validates[static_cast<std::size_t>(members[k][static_cast<std::size_t>(i)])] = true;
  }
  return from_mask(validates);
}

std::vector<Split> split_folds(std::int64_t count, int folds, std::uint64_t seed) {
  check_count(count);
  std::vector<std::int32_t> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return dealt({std::move(all)}, count, folds, seed);
}

std::vector<Split> split_folds_stratified(std::span<const std::int32_t> labels,
                                          std::int32_t classes, int folds, std::uint64_t seed) {
  const auto count = static_cast<std::int64_t>(labels.size());
  check_count(count);
  return dealt(by_class(labels, classes), count, folds, seed);
}

std::vector<float> balanced_class_weights(std::span<const std::int32_t> labels,
                                          std::int32_t classes) {
  check(!labels.empty(), "class weights: there are no labels");
  std::vector<float> weights;
  for (const auto& members : by_class(labels, classes))
    weights.push_back(members.empty() ? 0.0f
                                      : static_cast<float>(static_cast<double>(labels.size()) /
                                                           (static_cast<double>(classes) *
                                                            static_cast<double>(members.size()))));
  return weights;
}

std::vector<std::int32_t> epoch_order(std::uint64_t seed, std::uint64_t epoch, std::int64_t count,
                                      std::int64_t shard_rows) {
  check_count(count);
  check(shard_rows >= 0, "split: shard_rows is {}, it must not be negative", shard_rows);
  const std::int64_t rows = shard_rows > 0 ? shard_rows : std::max<std::int64_t>(count, 1);
  std::vector<std::int32_t> shards(static_cast<std::size_t>(count / rows));
  std::iota(shards.begin(), shards.end(), 0);
  PhiloxStream stream(mix(mix(seed, kEpochOrder), epoch));
  shuffle(shards, stream);
  if (count % rows != 0) shards.push_back(static_cast<std::int32_t>(count / rows));
  std::vector<std::int32_t> order;
  order.reserve(static_cast<std::size_t>(count));
  for (const std::int32_t shard : shards) {
    std::vector<std::int32_t> part(static_cast<std::size_t>(std::min(rows, count - shard * rows)));
    std::iota(part.begin(), part.end(), static_cast<std::int32_t>(shard * rows));
    shuffle(part, stream);
    order.insert(order.end(), part.begin(), part.end());
  }
  return order;
}

}  // namespace hone::nn::data
