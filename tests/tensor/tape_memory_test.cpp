// What the tape keeps: only what a backward reads, and only while somebody can ask for a gradient.
#include <vector>

#include "tests/tensor/test_backends.h"

using namespace hone;

namespace {

std::uint64_t live(const Bound& bound) { return bound.device->pool()->stats().live_bytes; }

// Bytes that stay in use when `forward` has run, its intermediate tensors are out of scope and only
// its result is held.
template <class Forward>
std::uint64_t kept_by(const Bound& bound, Forward forward) {
  const std::uint64_t before = live(bound);
  const Tensor result = forward();
  const std::uint64_t kept = live(bound) - before;
  clear_tape();
  return kept;
}

}  // namespace

TEST_CASE("inputs that no gradient reads are given back during the forward pass") {
  const Bound bound("ref");
  const std::int64_t n = 1 << 16;  // a power of two: blocks of the pool have just this size
  const std::uint64_t size = n * sizeof(float);
  const Tensor x = Tensor::full({n}, 2).set_requires_grad();
  const Tensor step = Tensor::zeros({1}, DType::i32), row = ops::dropout_row(0.5, 1);
  const auto chain = [&](auto op) {
    return kept_by(bound, [&] {
      Tensor y = x;
      for (int i = 0; i < 10; ++i) y = op(y);
      return y;
    });
  };
  CHECK(chain([&](const Tensor& y) { return y + x; }) == size);
  CHECK(chain([&](const Tensor& y) { return x - y; }) == size);
  CHECK(chain([&](const Tensor& y) { return ops::scale(y, 0.5); }) == size);
  CHECK(chain([&](const Tensor& y) { return ops::dropout(y, step, row); }) == size);
  CHECK(chain([&](const Tensor& y) { return ops::reshape(y, {n}); }) == 0);  // views of x
  CHECK(chain([&](const Tensor& y) { return ops::relu(y); }) == 10 * size);  // each output is read
  CHECK(chain([&](const Tensor& y) { return ops::square(y); }) == 10 * size);  // 9 inputs, 1 output
  const Tensor constant = Tensor::full({n}, 2);
  // The other factor is read; the input is only when the constant wants a gradient.
  CHECK(chain([&](const Tensor& y) { return y * constant; }) == size);
  CHECK(chain([&](const Tensor& y) { return y / constant; }) == size);

  CHECK(kept_by(bound, [&] { return ops::sum(ops::scale(x, 2)); }) <= 64);
  const std::uint64_t pooled = kept_by(bound, [&] {
    return ops::maxpool2d(ops::reshape(ops::scale(x, 2), {1, 256, 256, 1}));
  });
  CHECK(pooled ==
        size / 4 + size / 16);  // the output, and a byte of arg-max for each of its floats
  const std::uint64_t loss = kept_by(bound, [&] {
    const Tensor labels = Tensor::zeros({n / 16}, DType::i32);
    return ops::softmax_cross_entropy(ops::reshape(ops::scale(x, 2), {n / 16, 16}), labels);
  });
  CHECK(loss <= size + size / 16 + 64);  // probabilities and labels, not the logits
}

TEST_CASE(
    "a frozen layer's input is not kept, and neither is a weight for an input without gradient") {
  const Bound bound("ref");
  const std::int64_t n = 256;
  const std::uint64_t size = n * n * sizeof(float);
  const Tensor x = Tensor::full({n, n}, 1).set_requires_grad(), frozen = Tensor::full({n, n}, 1);
  CHECK(kept_by(bound, [&] { return ops::matmul(ops::scale(x, 2), frozen); }) == size);
  CHECK(kept_by(bound, [&] { return ops::linear(ops::scale(x, 2), frozen, {}); }) == size);
  const auto image = [&] { return ops::reshape(ops::scale(x, 2), {1, n, n, 1}); };
  const Tensor filter = Tensor::full({1, 1, 1, 1}, 1);
  CHECK(kept_by(bound, [&] { return ops::conv2d(image(), filter, {}); }) == size);
  const auto pooled = [&] { return ops::conv2d(image(), filter, {}, {.pool = true}); };
  pooled();  // the workspace has its size from here on
  clear_tape();
  CHECK(kept_by(bound, pooled) == size / 4 + size / 16);
}

TEST_CASE("evaluation without NoGrad leaves nothing behind") {
  const Bound bound("ref");
  const Tensor x = Tensor::full({1000}, 1).set_requires_grad();
  const auto forward = [&] { return ops::sum(ops::tanh(ops::exp(x) + x)); };
  const Tensor first = forward();
  const std::size_t one_pass = tape_size();
  const std::uint64_t before = live(bound);
  for (int i = 0; i < 1000; ++i) {
    const Tensor dropped = forward();
    CHECK(tape_size() <= 2 * one_pass);
  }
  CHECK(live(bound) <= before + 5 * 4096);  // at most the last pass, until the next op
  first.backward();
  CHECK(x.grad().defined());
}

TEST_CASE("results that are held between dropped ones keep only their own passes") {
  const Bound bound("ref");
  const Tensor x = Tensor::full({8}, 1).set_requires_grad();
  std::vector<Tensor> held;
  for (int i = 0; i < 20000; ++i) {
    const Tensor dropped = ops::tanh(ops::exp(x));
    const Tensor other = ops::sum(ops::square(x));
    if (i % 100 == 0) held.push_back(other);
  }
  // 200 results of two ops each; dead nodes between them go when the tape has doubled.
  CHECK(tape_size() >= 400);
  CHECK(tape_size() <= 1024 + 8);
  ops::sum(held[0] + held[199]).backward();
  CHECK(x.grad().to_vector() == std::vector<float>(8, 4));
}

TEST_CASE("a result that is dropped after the ops that read it still hands its gradient on") {
  const Bound bound("ref");
  Tensor x = Tensor::full({2}, 3).set_requires_grad();
  Tensor loss;
  {
    Tensor y = ops::square(x);
    for (int i = 0; i < 3000; ++i) y = y + x;  // more than one sweep
    loss = ops::sum(y);
  }
  ops::exp(x);
  loss.backward();
  CHECK(x.grad().to_vector() == std::vector<float>(2, 3006));
}
