// Image sets, splits and epoch orders; the fixed values here are a promise to every stored study.
#include "nn/data/split.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/digest.h"
#include "nn/data/image_set.h"
#include "tests/nn/data/data_test.h"

using namespace hone::nn::data;
using Order = std::vector<std::int32_t>;

namespace {

std::string digest(const Order& values) {
  return hone::digest_hex(values.data(), values.size() * sizeof(std::int32_t));
}

void check_partition(const Split& split, std::size_t count, std::size_t validation) {
  CHECK(split.validation.size() == validation);
  CHECK(std::is_sorted(split.train.begin(), split.train.end()));
  CHECK(std::is_sorted(split.validation.begin(), split.validation.end()));
  Order all = split.train;
  all.insert(all.end(), split.validation.begin(), split.validation.end());
  std::sort(all.begin(), all.end());
  Order expected(count);
  std::iota(expected.begin(), expected.end(), 0);
  CHECK(all == expected);
}

ImageSet small_set() {
  return {.count = 4,
          .height = 1,
          .width = 2,
          .channels = 1,
          .pixels = {0, 1, 2, 3, 4, 5, 6, 7},
          .labels = {2, 0, 2, 1}};
}

}  // namespace

TEST_CASE("an epoch order is fixed for all time") {
  // From an independent program, written from the definition.
  CHECK(epoch_order(1, 0, 12) == Order{6, 9, 10, 8, 7, 5, 0, 2, 11, 4, 3, 1});
  CHECK(epoch_order(1, 1, 12) == Order{0, 11, 1, 10, 2, 3, 9, 4, 6, 8, 5, 7});
  CHECK(epoch_order(2, 0, 12) == Order{0, 8, 4, 9, 6, 5, 10, 1, 11, 2, 3, 7});
  CHECK(digest(epoch_order(42, 7, 60000)) == "a4426b21d3bf86f7a7e4219301dfd471");
  CHECK(epoch_order(1, 0, 0).empty());
  CHECK(epoch_order(1, 0, 1) == Order{0});
}

TEST_CASE("epoch orders are permutations and every position is equally likely") {
  std::vector<int> first(8);
  for (std::uint64_t epoch = 0; epoch < 8000; ++epoch) {
    Order order = epoch_order(5, epoch, 8);
    ++first[static_cast<std::size_t>(order[0])];
    std::sort(order.begin(), order.end());
    REQUIRE(order == Order{0, 1, 2, 3, 4, 5, 6, 7});
  }
  for (const int count : first) CHECK(std::abs(count - 1000) < 150);
}

TEST_CASE("the first samples validate in the split of the tutorial") {
  const Split split = split_first(60000, 5000);
  check_partition(split, 60000, 5000);
  CHECK(split.validation.back() == 4999);
  CHECK(split.train.front() == 5000);
}

TEST_CASE("a random split is a partition, fixed by its seed") {
  const Split split = split_random(20, 5, 3);
  check_partition(split, 20, 5);
  CHECK(split.validation == Order{3, 9, 10, 13, 14});
  CHECK(digest(split_random(60000, 5000, 9).validation) == "177da5e77339400c88962c764d7d18a0");
  CHECK(split_random(1000, 100, 1).validation != split_random(1000, 100, 2).validation);
  check_partition(split_random(7, 0, 1), 7, 0);
  check_partition(split_random(7, 7, 1), 7, 7);
}

TEST_CASE("a stratified split gives every class its share by largest remainders") {
  Order labels;
  for (int i = 0; i < 50; ++i) labels.push_back(0);
  for (int i = 0; i < 30; ++i) labels.push_back(2);
  for (int i = 0; i < 20; ++i) labels.push_back(3);
  const Split split = split_stratified(labels, 4, 11, 1);  // shares 5.5, 0, 3.3, 2.2
  check_partition(split, 100, 11);
  std::vector<int> taken(4);
  for (const std::int32_t i : split.validation)
    ++taken[static_cast<std::size_t>(labels[static_cast<std::size_t>(i)])];
  CHECK(taken == std::vector<int>{6, 0, 3, 2});
  CHECK(split.validation == split_stratified(labels, 4, 11, 1).validation);
  CHECK(split.validation != split_stratified(labels, 4, 11, 2).validation);
  check_partition(split_stratified(labels, 4, 100, 1), 100, 100);
  check_partition(split_stratified(Order{}, 4, 0, 1), 0, 0);
}

TEST_CASE("splits refuse sizes and labels that make no sense") {
  CHECK_THROWS_WITH_AS(split_first(10, 11),
                       doctest::Contains("11 samples for validation out of 10"), hone::Error);
  CHECK_THROWS_AS(split_random(10, -1, 0), hone::Error);
  CHECK_THROWS_AS(split_random(std::int64_t{1} << 31, 1, 0), hone::Error);
  CHECK_THROWS_AS(epoch_order(0, 0, -1), hone::Error);
  CHECK_THROWS_WITH_AS(split_stratified(Order{0, 4}, 4, 1, 0),
                       doctest::Contains("label 4 of sample 1"), hone::Error);
  CHECK_THROWS_AS(split_stratified(Order{0, -1}, 4, 1, 0), hone::Error);
  CHECK_THROWS_AS(epoch_order(0, 0, 10, -1), hone::Error);
  CHECK_THROWS_WITH_AS(
      split_stratified(Order{0, 1}, std::numeric_limits<std::int32_t>::max(), 1, 0),
      doctest::Contains("number of classes"), hone::Error);
}

TEST_CASE("an image set gives parts, counts and statistics of itself") {
  const ImageSet set = small_set();
  set.validate();
  const ImageSet part = set.take(1, 3);
  part.validate();
  CHECK(part.pixels == data_test::Bytes{2, 3, 4, 5});
  CHECK(part.labels == Order{0, 2});
  const ImageSet chosen = set.select(Order{3, 0, 3});
  chosen.validate();
  CHECK(chosen.pixels == data_test::Bytes{6, 7, 0, 1, 6, 7});
  CHECK(chosen.labels == Order{1, 2, 1});
  CHECK(set.class_counts(4) == std::vector<std::int64_t>{1, 1, 2, 0});
  CHECK(set.image(2)[1] == 5);
  set.take(4, 4).validate();
  const PixelStatistics statistics = pixel_statistics(set);
  CHECK(statistics.mean == doctest::Approx(3.5 / 255));
  CHECK(statistics.deviation == doctest::Approx(2.291287847 / 255));
}

TEST_CASE("an image set refuses images, ranges and sizes that it does not have") {
  const ImageSet set = small_set();
  CHECK_THROWS_AS(set.image(4), hone::Error);
  CHECK_THROWS_AS(set.take(3, 2), hone::Error);
  CHECK_THROWS_AS(set.take(0, 5), hone::Error);
  CHECK_THROWS_AS(set.take(-1, 2), hone::Error);
  CHECK_THROWS_AS(set.select(Order{-1}), hone::Error);
  CHECK_THROWS_WITH_AS(set.class_counts(2), doctest::Contains("label 2 of image 0"), hone::Error);
  CHECK_THROWS_AS(pixel_statistics(set.take(0, 0)), hone::Error);
  ImageSet wrong = set;
  wrong.pixels.pop_back();
  CHECK_THROWS_WITH_AS(wrong.validate(), doctest::Contains("needs 8 bytes of pixels, there are 7"),
                       hone::Error);
  wrong = set;
  wrong.labels.pop_back();
  CHECK_THROWS_WITH_AS(wrong.validate(), doctest::Contains("4 images but 3 labels"), hone::Error);
  CHECK_THROWS_AS(wrong.image(3), hone::Error);
  CHECK_THROWS_AS(wrong.take(0, 4), hone::Error);
  CHECK_THROWS_AS(wrong.select(Order{3}), hone::Error);
  wrong = set;
  wrong.height = wrong.width = std::int64_t{1} << 40;
  CHECK_THROWS_WITH_AS(wrong.validate(), doctest::Contains("too large"), hone::Error);
}

TEST_CASE("folds cover all samples once, with each class spread over them") {
  for (const int folds : {2, 3, 5}) {
    const std::vector<Split> splits = split_folds(17, folds, 4);
    REQUIRE(splits.size() == static_cast<std::size_t>(folds));
    std::vector<int> seen(17);
    for (const Split& split : splits) {
      CHECK(split.train.size() + split.validation.size() == 17);
      CHECK(static_cast<int>(split.validation.size()) >= 17 / folds);
      CHECK(static_cast<int>(split.validation.size()) <= 17 / folds + 1);
      for (const std::int32_t sample : split.validation) ++seen[static_cast<std::size_t>(sample)];
    }
    CHECK(seen == std::vector<int>(17, 1));
    CHECK(split_folds(17, folds, 4)[0].validation == splits[0].validation);
    CHECK(split_folds(17, folds, 5)[0].validation != splits[0].validation);
  }
  std::vector<std::int32_t> labels;
  for (int i = 0; i < 40; ++i) labels.push_back(i < 25 ? 0 : i < 35 ? 1 : 2);
  const std::vector<Split> splits = split_folds_stratified(labels, 3, 4, 1);
  std::vector<int> seen(40);
  for (const Split& split : splits) {
    std::vector<int> counts(3);
    for (const std::int32_t sample : split.validation) {
      ++counts[static_cast<std::size_t>(labels[static_cast<std::size_t>(sample)])];
      ++seen[static_cast<std::size_t>(sample)];
    }
    CHECK((counts[0] == 6 || counts[0] == 7));
    CHECK((counts[1] == 2 || counts[1] == 3));
    CHECK((counts[2] == 1 || counts[2] == 2));
    CHECK(split.validation.size() == 10);
  }
  CHECK(seen == std::vector<int>(40, 1));
  CHECK_THROWS_AS(split_folds(3, 4, 0), hone::Error);
  CHECK_THROWS_AS(split_folds(3, 1, 0), hone::Error);
  CHECK(balanced_class_weights(labels, 4)[0] == doctest::Approx(40.0 / (4 * 25)));
  CHECK(balanced_class_weights(labels, 4)[3] == 0);
  CHECK(balanced_class_weights(std::vector<std::int32_t>{0, 1}, 2) == std::vector<float>{1, 1});
  CHECK_THROWS_AS(balanced_class_weights(std::vector<std::int32_t>{}, 2), hone::Error);
}
