// What a data set accepts, and what it says about the rest.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "nn/data/dataset.h"
#include "tests/nn/train_fixture.h"

using namespace hone;
using namespace train_test;
using nn::data::Dataset;
using nn::data::DatasetParts;

namespace {

template <class T>
Tensor filled(Device& device, const Shape& shape, T value) {
  const std::vector<T> values(static_cast<std::size_t>(shape.count()), value);
  return Tensor::from<T>(device, values, shape);
}

}  // namespace

TEST_CASE("a data set checks types, shapes, devices and ranges once, when it is made") {
  const auto device = open_device("cpu"), other = open_device("cpu");
  const Tensor images = filled<std::uint8_t>(*device, {3, 4, 4, 1}, 7);
  const Tensor labels = filled<std::int32_t>(*device, {3}, 1);
  const auto error = [](const DatasetParts& parts) { return error_of([&] { Dataset{parts}; }); };
  const auto labelled = [&](const Tensor& l, int classes = 2) {
    return error({.samples = images, .labels = l, .classes = classes});
  };
  CHECK(labelled(labels) == "");
  CHECK(contains(error({}), "usage: dataset: there are no samples"));
  CHECK(contains(error({.samples = filled<double>(*device, {3, 4}, 0)}), "are f64, u8 (bytes"));
  CHECK(contains(error({.samples = labels}), "have shape [3]"));
  CHECK(contains(error({.samples = filled<std::uint8_t>(*device, {3}, 0)}), "have shape [3]"));
  CHECK(contains(error({.samples = filled<std::uint8_t>(*device, {0, 4}, 0)}), "N > 0"));
  CHECK(contains(labelled(filled<std::uint8_t>(*device, {3}, 1)), "the labels are u8, i32 is"));
  CHECK(contains(labelled(filled<float>(*device, {3}, 1)), "the labels are f32, i32 is"));
  CHECK(contains(labelled(filled<std::int32_t>(*device, {4}, 1)),
                 "3 samples need labels of shape [3], not [4]"));
  CHECK(contains(labelled(filled<std::int32_t>(*other, {3}, 1)), "one device is needed"));
  CHECK(contains(labelled(labels, 1), "label 1 of sample 0 is outside 0 to 0"));
  CHECK(contains(
      labelled(Tensor::from<std::int32_t>(*device, std::vector<std::int32_t>{0, 1, -1}, Shape{3})),
      "label -1 of sample 2 is outside 0 to 1"));
  CHECK(contains(labelled(labels, 0), "classes is 0"));

  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(error({.samples = filled<float>(*device, {3, 5}, 1)}) == "");
  CHECK(contains(error({.samples = Tensor::from<float>(*device, std::vector<float>{1, 2, 3, nan},
                                                       Shape{2, 2})}),
                 "a value of sample 1 is not finite"));
  for (const float bad : {nan, std::numeric_limits<float>::infinity(), -1.0f})
    CHECK(contains(error({.samples = images, .normalization = {.scale = bad}}),
                   "the scale not negative"));
  CHECK(contains(error({.samples = images, .normalization = {.offset = nan}}), "must be finite"));

  const auto column = [&](const std::string& name, const Tensor& values) {
    return error({.samples = images, .columns = {{name, values}}});
  };
  CHECK(column("y", filled<float>(*device, {3}, 1)) == "");
  CHECK(column("y", filled<float>(*device, {3, 2, 2}, 1)) == "");
  CHECK(contains(column("", filled<float>(*device, {3}, 1)), "must have a name"));
  CHECK(contains(column("x", filled<float>(*device, {3}, 1)), "other than x, labels"));
  CHECK(contains(column("y", {}), "column 'y' is undefined, f32, i32 or u8"));
  CHECK(contains(column("y", filled<double>(*device, {3}, 1)), "column 'y' is f64, f32, i32"));
  CHECK(column("y", labels) == "");
  CHECK(column("y", images) == "");
  CHECK(contains(column("y", filled<float>(*device, {2}, 1)), "one row for each sample"));
  CHECK(contains(column("y", filled<float>(*other, {3}, 1)), "one device is needed"));
  CHECK(contains(column("y", filled<float>(*device, {3}, nan)), "'y' of sample 0 is not finite"));
  CHECK(contains(error({.samples = images,
                        .columns = {{"y", filled<float>(*device, {3}, 1)},
                                    {"y", filled<float>(*device, {3}, 1)}}}),
                 "column 'y' is there twice"));
}

TEST_CASE("fields of any type are checked by what they are") {
  const auto device = open_device("cpu");
  const Tensor table = filled<float>(*device, {3, 5}, 1);
  const auto error = [](const DatasetParts& parts) { return error_of([&] { Dataset{parts}; }); };
  const Tensor classes =
      Tensor::from<std::int32_t>(*device, std::vector<std::int32_t>{0, 1, 5}, Shape{3});
  CHECK(error({.samples = table, .columns = {{.name = "kind", .values = classes}}}) == "");
  CHECK(error({.samples = table, .columns = {{.name = "kind", .values = classes, .classes = 6}}}) ==
        "");
  CHECK(contains(
      error({.samples = table, .columns = {{.name = "kind", .values = classes, .classes = 5}}}),
      "column 'kind' of sample 2 is 5, outside 0 to 4"));
  const Tensor bytes = filled<std::uint8_t>(*device, {3, 4}, 1);
  CHECK(contains(error({.samples = table,
                        .columns = {{.name = "b", .values = bytes, .normalization = {-1, 0}}}}),
                 "the normalisation of column 'b' is byte * -1"));
  CHECK(error({.samples = filled<std::int32_t>(*device, {3, 4}, 9)}) == "");
  CHECK(contains(error({.samples = filled<std::int32_t>(*device, {3, 4}, 9),
                        .standardization = {{0, 0, 0, 0}, {1, 1, 1, 1}}}),
                 "samples of i32 cannot be standardised"));
  CHECK(contains(error({.samples = table, .standardization = {{1}, {1}}}),
                 "the standardisation has 1 means and 1 scales, a sample [5] has 5 numbers"));

  const Tensor labels = filled<std::int32_t>(*device, {3}, 1);
  const Dataset named({.samples = table, .labels = labels, .class_names = {"cat", "dog"}});
  CHECK(named.classes() == 2);
  CHECK(named.class_names() == std::vector<std::string>{"cat", "dog"});
  CHECK(contains(error({.samples = table, .labels = labels, .class_names = {"cat"}}),
                 "label 1 of sample 0 is outside 0 to 0"));
  CHECK(contains(error({.samples = table, .labels = labels, .class_names = {"cat", "cat"}}),
                 "two classes have the name 'cat'"));
  CHECK(contains(error({.samples = table, .labels = labels, .class_names = {"cat", ""}}),
                 "the name of class 1 is empty"));
}

TEST_CASE("uploading refuses what a data set may not be") {
  const auto device = open_device("cpu");
  nn::data::ImageSet set = quadrants(4, 1);
  CHECK(nn::data::upload(*device, set, 4).count() == 4);
  set.labels[2] = 4;
  CHECK(contains(error_of([&] { nn::data::upload(*device, set, 4); }),
                 "label 4 of sample 2 is outside 0 to 3"));
  set.labels.pop_back();
  CHECK(contains(error_of([&] { nn::data::upload(*device, set, 4); }), "usage: "));
}
