// Every op at its door: wrong shapes, types and devices are refused with the op's name and the
// shapes.
#include <cmath>
#include <limits>
#include <map>

#include "tests/tensor/test_backends.h"

using namespace hone;

namespace {

Tensor f32(const Shape& shape) { return Tensor::zeros(shape); }
Tensor f64(const Shape& shape) { return Tensor::zeros(shape, DType::f64); }
Tensor i32(const Shape& shape) { return Tensor::zeros(shape, DType::i32); }

using Unary = Tensor (*)(const Tensor&);
const std::map<std::string, Unary> kUnary = {
    {"negate", ops::negate},
    {"exp", ops::exp},
    {"log", ops::log},
    {"sqrt", ops::sqrt},
    {"square", ops::square},
    {"abs", ops::abs},
    {"relu", ops::relu},
    {"sigmoid", ops::sigmoid},
    {"tanh", ops::tanh},
    {"scale", [](const Tensor& x) { return ops::scale(x, 2); }},
    {"shift", [](const Tensor& x) { return ops::shift(x, 2); }},
    {"sum", [](const Tensor& x) { return ops::sum(x); }},
    {"mean", [](const Tensor& x) { return ops::mean(x); }},
    {"softmax", [](const Tensor& x) { return ops::softmax(x); }},
    {"maxpool2d", [](const Tensor& x) { return ops::maxpool2d(x); }},
    {"dropout",
     [](const Tensor& x) { return ops::dropout(x, i32({1}), ops::dropout_row(0.5, 1)); }},
};

using Binary = Tensor (*)(const Tensor&, const Tensor&);
const std::map<std::string, Binary> kBinary = {
    {"add", ops::add},
    {"subtract", ops::subtract},
    {"multiply", ops::multiply},
    {"divide", ops::divide},
    {"matmul", [](const Tensor& a, const Tensor& b) { return ops::matmul(a, b); }},
    {"linear", [](const Tensor& a, const Tensor& b) { return ops::linear(a, b, Tensor()); }},
    {"conv2d", [](const Tensor& a, const Tensor& b) { return ops::conv2d(a, b, Tensor()); }},
};

}  // namespace

TEST_CASE("ops of one tensor refuse an undefined one, integers and a foreign device") {
  const Bound bound("ref");
  const auto elsewhere = open_device("cpu");
  const Tensor foreign = Tensor::empty(*elsewhere, {2, 4, 4, 3});
  for (const auto& each : kUnary) {
    const std::string& name = each.first;
    const Unary op = each.second;
    check_refused([&] { op(Tensor()); }, {name, "undefined"});
    check_refused([&] { op(i32({2, 4, 4, 3})); }, {name, "i32"});
    check_refused([&] { op(foreign); }, {name, "device cpu", "ref"});
  }
  CHECK(tape_size() == 0);
}

TEST_CASE("ops of two tensors refuse undefined ones, mixed types and a foreign device") {
  const Bound bound("ref");
  const auto elsewhere = open_device("cpu");
  for (const auto& each : kBinary) {
    const std::string& name = each.first;
    const Binary op = each.second;
    const Shape shape = name == "conv2d" ? Shape{2, 3, 3, 3} : Shape{3, 3};
    const Tensor foreign = Tensor::empty(*elsewhere, shape);
    check_refused([&] { op(Tensor(), f32(shape)); }, {name, "undefined"});
    check_refused([&] { op(f32(shape), Tensor()); }, {name, "undefined"});
    check_refused([&] { op(f32(shape), f64(shape)); }, {name, "f32", "f64"});
    check_refused([&] { op(f64(shape), f32(shape)); }, {name, "f32", "f64"});
    check_refused([&] { op(f32(shape), i32(shape)); }, {name, "i32"});
    check_refused([&] { op(f32(shape), foreign); }, {name, "device cpu", "ref"});
    check_refused([&] { op(foreign, f32(shape)); }, {name, "device cpu", "ref"});
  }
}

TEST_CASE("f64 is refused by a device that computes in f32 only") {
  const Bound bound("cpu");
  for (const auto& each : kUnary)
    check_refused([&] { each.second(f64({2, 4, 4, 3})); }, {each.first, "f64", "ref only"});
}

TEST_CASE("shapes that do not broadcast are named, both of them") {
  const Bound bound("ref");
  for (const auto& each : kBinary) {
    const std::string& name = each.first;
    const Binary op = each.second;
    if (name == "matmul" || name == "linear" || name == "conv2d") continue;
    check_refused([&] { op(f32({3, 5}), f32({3, 4})); }, {name, "[3, 5]", "[3, 4]"});
    check_refused([&] { op(f32({2, 3, 5}), f32({2, 5})); }, {name, "[2, 3, 5]", "[2, 5]"});
    check_refused([&] { op(f32({0}), f32({2})); }, {name, "[0]", "[2]"});
  }
}

TEST_CASE("sum and mean refuse axes that are not there, twice given, and a mean of nothing") {
  const Bound bound("ref");
  check_refused([&] { ops::sum(f32({2, 3}), {2}); }, {"sum", "axis 2", "[2, 3]"});
  check_refused([&] { ops::sum(f32({2, 3}), {-3}); }, {"sum", "axis -3", "[2, 3]"});
  check_refused([&] { ops::sum(f32({2, 3}), {1, -1}); }, {"sum", "twice"});
  check_refused([&] { ops::mean(f32({2, 3}), {2}); }, {"mean", "axis 2", "[2, 3]"});
  check_refused([&] { ops::mean(f32({2, 3}), {0, 0}); }, {"mean", "twice"});
  check_refused([&] { ops::mean(f32({0, 3})); }, {"mean", "[0, 3]"});
}

TEST_CASE("reshape, flatten and slice name the shape that does not fit") {
  const Bound bound("ref");
  check_refused([&] { ops::reshape(f32({2, 3}), {4, 2}); }, {"reshape", "[2, 3]", "[4, 2]"});
  check_refused([&] { ops::reshape(f32({2, 3}), {-1, 4}); }, {"reshape", "[2, 3]", "4"});
  check_refused([&] { ops::reshape(f32({2, 3}), {-1, -1}); }, {"reshape", "-1"});
  check_refused([&] { ops::reshape(Tensor(), {1}); }, {"reshape", "undefined"});
  check_refused([&] { ops::reshape(f32({0, 3}), {-1, 0}); }, {"reshape", "[0, 3]"});
  check_refused([&] { ops::reshape(f32({2, 3}), {-2, -3}); }, {"reshape", "-2"});
  check_refused([&] { ops::flatten(f32({3})); }, {"flatten", "[3]"});
  check_refused([&] { ops::flatten(f32({})); }, {"flatten"});
  check_refused([&] { ops::flatten(Tensor()); }, {"flatten"});
  check_refused([&] { ops::slice(f32({4, 3}), 2, 5); }, {"slice", "2 to 5", "[4, 3]"});
  check_refused([&] { ops::slice(f32({4, 3}), -1, 2); }, {"slice", "[4, 3]"});
  check_refused([&] { ops::slice(f32({4, 3}), 3, 2); }, {"slice", "3 to 2", "[4, 3]"});
  check_refused([&] { ops::slice(f32({}), 0, 1); }, {"slice"});
}

TEST_CASE("extents whose product overflows are refused, wherever a shape is made") {
  const Bound bound("ref");
  const std::int64_t big = std::int64_t{1} << 40;
  check_refused([&] { Shape({big, big}); }, {"[1099511627776, 1099511627776]", "2^60"});
  check_refused([&] { Shape({big, 0, big}); }, {"2^60"});  // its rows are counted, too
  check_refused([&] { Shape({std::numeric_limits<std::int64_t>::max()}); }, {"2^60"});
  CHECK(Shape({std::int64_t{1} << 60}).count() == std::int64_t{1} << 60);
  CHECK(Shape({0, big}).count() == 0);
  check_refused([&] { Shape({big, 1}).with(1, big); }, {"2^60"});
  check_refused([&] { Shape({2}).with(0, -1); }, {"negative"});
  check_refused([&] { broadcast_shapes("add", {big, 1}, {1, big}); }, {"2^60"});

  const Tensor x = f32({2, 3});
  check_refused([&] { ops::reshape(x, {big, big}); }, {"reshape", "2^60"});
  check_refused([&] { ops::reshape(x, {-1, big, big, 0}); }, {"reshape", "2^60"});
  check_refused([&] { x.part(std::numeric_limits<std::int64_t>::max(), {2}); }, {"part"});
  check_refused([&] { x.part(1, {6}); }, {"part"});
  check_refused([&] { ops::slice(x, 0, std::numeric_limits<std::int64_t>::max()); }, {"slice"});
  check_refused(
      [&] {
        ops::conv2d_params({1, 4, 4, 1}, {1, big, 1, 1}, {.padding = ops::Padding::same});
      },
      {"conv2d", "kernel"});
  check_refused([&] { ops::softmax(f32({2, 0})); }, {"softmax", "at least one class"});
  check_refused(
      [&] {
        ops::softmax_cross_entropy(f32({2, 0}), i32({2}));
      },
      {"softmax_cross_entropy", "at least one class"});
}

TEST_CASE("matmul and linear name both shapes when the inner extents differ") {
  const Bound bound("ref");
  check_refused([&] { ops::matmul(f32({2, 3}), f32({4, 5})); }, {"matmul", "[2, 3]", "[4, 5]"});
  check_refused(
      [&] {
        ops::matmul(f32({3, 2}), f32({4, 5}), {.transpose_a = true});
      },
      {"matmul", "[3, 2] transposed", "[4, 5]"});
  check_refused([&] { ops::matmul(f32({3}), f32({3, 5})); }, {"matmul", "[3]", "[m, k]"});
  check_refused([&] { ops::matmul(f32({5, 3}), f32({1, 3, 5})); }, {"matmul", "[1, 3, 5]"});
  check_refused(
      [&] {
        ops::linear(f32({2, 3}), f32({4, 5}), {});
      },
      {"linear", "[2, 3]", "[4, 5]", "expects 4"});
  check_refused([&] { ops::linear(f32({2, 3, 1}), f32({3, 5}), {}); }, {"linear", "[2, 3, 1]"});
  check_refused([&] { ops::linear(f32({2, 3}), f32({3, 5}), f32({3})); }, {"linear", "[3]", "[5]"});
  check_refused([&] { ops::linear(f32({2, 3}), f32({3, 5}), f64({5})); }, {"linear", "bias"});
}

TEST_CASE("conv2d and maxpool2d name both shapes when they do not fit") {
  const Bound bound("ref");
  const Tensor x = f32({2, 5, 5, 3});
  check_refused(
      [&] {
        ops::conv2d(x, f32({4, 3, 3, 2}), {});
      },
      {"conv2d", "[2, 5, 5, 3]", "[4, 3, 3, 2]", "expects 2"});
  check_refused([&] { ops::conv2d(x, f32({4, 7, 3, 3}), {}); }, {"conv2d", "[2, 5, 5, 3]", "7x3"});
  check_refused(
      [&] {
        ops::conv2d(x, f32({4, 5, 5, 3}), {}, {.pool = true});
      },
      {"conv2d", "[2, 5, 5, 3]", "pooling"});
  check_refused([&] { ops::conv2d(x, f32({4, 3, 3, 3}), f32({3})); }, {"conv2d", "[3]", "[4]"});
  check_refused(
      [&] {
        ops::conv2d(x, f32({4, 3, 3, 3}), {}, {.stride = 0});
      },
      {"conv2d", "stride"});
  check_refused(
      [&] {
        ops::conv2d(f32({5, 5, 3}), f32({4, 3, 3, 3}), {});
      },
      {"conv2d", "[5, 5, 3]", "[N, H, W, C]"});
  check_refused([&] { ops::conv2d(x, f32({3, 3, 3}), {}); }, {"conv2d", "[3, 3, 3]"});
  check_refused([&] { ops::conv2d(x, f32({4, 0, 3, 3}), {}); }, {"conv2d", "0x3"});
  check_refused([&] { ops::maxpool2d(x, {.kernel = 6}); }, {"maxpool2d", "6x6", "[2, 5, 5, 3]"});
  check_refused([&] { ops::maxpool2d(x, {.kernel = 17}); }, {"maxpool2d", "17"});
  check_refused([&] { ops::maxpool2d(x, {.stride = 0}); }, {"maxpool2d", "stride 0"});
  check_refused([&] { ops::maxpool2d(f32({5, 5, 3})); }, {"maxpool2d", "[5, 5, 3]"});
}

TEST_CASE("dropout and the loss check their parameters, labels and ranks") {
  const Bound bound("ref");
  const Tensor x = f32({3, 4}), step = i32({1}), row = ops::dropout_row(0.5, 1);
  check_refused([&] { ops::dropout_row(1.5, 1); }, {"dropout", "1.5"});
  check_refused([&] { ops::dropout_row(-0.1, 1); }, {"dropout", "-0.1"});
  check_refused([&] { ops::dropout_row(std::nan(""), 1); }, {"dropout", "nan"});
  check_refused([&] { ops::dropout(x, f32({1}), row); }, {"dropout", "step"});
  check_refused([&] { ops::dropout(x, i32({2}), row); }, {"dropout", "step"});
  check_refused([&] { ops::dropout(x, Tensor(), row); }, {"dropout", "step"});
  check_refused([&] { ops::dropout(x, step, step); }, {"dropout", "row"});
  check_refused([&] { ops::dropout(x, step, Tensor()); }, {"dropout", "row"});
  check_refused([&] { ops::softmax(f32({})); }, {"softmax", "axis -1", "[]"});
  check_refused([&] { ops::log_softmax(f32({3, 4}), 2); }, {"log_softmax", "axis 2", "[3, 4]"});
  const auto loss = [](const Tensor& logits, const Tensor& labels) {
    ops::softmax_cross_entropy(logits, labels);
  };
  check_refused([&] { loss(x, f32({3})); }, {"softmax_cross_entropy", "i32"});
  check_refused([&] { loss(x, i32({4})); }, {"softmax_cross_entropy", "[4]", "3 rows"});
  check_refused([&] { loss(x, Tensor()); }, {"softmax_cross_entropy", "labels"});
  check_refused([&] { loss(f32({3}), i32({3})); }, {"softmax_cross_entropy", "[3]"});
  check_refused([&] { loss(f32({0, 4}), i32({0})); }, {"softmax_cross_entropy", "[0, 4]"});
  const auto elsewhere = open_device("cpu");
  check_refused([&] { loss(x, Tensor::empty(*elsewhere, {3}, DType::i32)); },
                {"softmax_cross_entropy", "labels", "device"});
  check_refused([&] { ops::dropout(x, Tensor::empty(*elsewhere, {1}, DType::i32), row); },
                {"dropout", "step", "device"});
}
