// A number that is not one comes out of every op that it goes into: a diverged network must not
// look healthy.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "tests/tensor/test_backends.h"

using namespace hone;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::size_t nans(const Tensor& x) {
  std::size_t count = 0;
  for (const float value : x.to_vector()) count += std::isnan(value);
  return count;
}

// Runs `body` on ref and on cpu with every instruction set that this processor has.
template <class Body>
void on_every_set(Body body) {
  {
    const Bound ref("ref");
    body();
  }
  for (const char* set : {"baseline", "avx2", "avx512"}) {
    ::setenv("HONE_ISA", set, 1);
    try {
      const Bound cpu("cpu");
      body();
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::device);  // the processor lacks the set
    }
    ::unsetenv("HONE_ISA");
  }
}

}  // namespace

TEST_CASE("max-pooling hands on NaN, wherever it stands, and its gradient goes there") {
  on_every_set([] {
    for (const std::int64_t channels : {1, 3, 4, 8, 15, 16, 17, 40})
      for (int at = 0; at < 4; ++at)
        for (const bool block : {false, true}) {
          std::vector<float> values(static_cast<std::size_t>(4 * channels));
          for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 5) - 2;
          const std::int64_t channel = channels / 2;
          const auto bad = static_cast<std::size_t>(at * channels + channel);
          values[bad] = kNan;
          const Tensor x = Tensor::from(values, {1, 2, 2, channels}).set_requires_grad();
          Tensor y;
          if (block) {  // the epilogue of a convolution, behind an identity for one channel
            Tensor one = Tensor::zeros({channels, 1, 1, channels});
            std::vector<float> identity(static_cast<std::size_t>(channels * channels));
            for (std::int64_t c = 0; c < channels; ++c)
              identity[static_cast<std::size_t>(c * channels + c)] = 1;
            one.assign(identity);
            y = ops::conv2d(x, one, {}, {.relu = at % 2 == 1, .pool = true});
            CHECK(nans(y) == static_cast<std::size_t>(channels));  // 0 * NaN is NaN
            continue;
          }
          y = ops::maxpool2d(x);
          CHECK(nans(y) == 1);
          CHECK(std::isnan(y.to_vector()[static_cast<std::size_t>(channel)]));
          ops::sum(y).backward();
          CHECK(x.grad().to_vector()[bad] == 1);
        }
  });
}

TEST_CASE("of two that are not numbers, max-pooling takes the first") {
  on_every_set([] {
    for (const std::int64_t channels : {1, 16}) {
      std::vector<float> values(static_cast<std::size_t>(9 * channels), 1);
      for (const int at : {4, 7}) values[static_cast<std::size_t>(at * channels)] = kNan;
      const Tensor x = Tensor::from(values, {1, 3, 3, channels}).set_requires_grad();
      const Tensor y = ops::maxpool2d(x, {.kernel = 3, .stride = 1});
      CHECK(nans(y) == 1);
      ops::sum(y).backward();
      CHECK(x.grad().to_vector()[static_cast<std::size_t>(4 * channels)] == 1);
      CHECK(x.grad().to_vector()[static_cast<std::size_t>(7 * channels)] == 0);
    }
  });
}

TEST_CASE("every pointwise op, sum, product and softmax hands on NaN") {
  on_every_set([] {
    std::vector<float> values(37, 0.5f);
    values[20] = kNan;
    const Tensor x = Tensor::from(values, {37}), one = Tensor::full({37}, 1);
    using Op = Tensor (*)(const Tensor&);
    for (const Op op : {Op(ops::negate), Op(ops::exp), Op(ops::log), Op(ops::sqrt), Op(ops::square),
                        Op(ops::abs), Op(ops::relu), Op(ops::sigmoid), Op(ops::tanh),
                        Op(ops::log1p), Op(ops::gelu), Op(ops::gelu_tanh), Op(ops::silu),
                        Op(ops::softplus), Op([](const Tensor& v) { return ops::leaky_relu(v); }),
                        Op([](const Tensor& v) { return ops::elu(v); }),
                        Op([](const Tensor& v) { return ops::clamp(v, 0, 1); }),
                        Op([](const Tensor& v) { return ops::pow(v, 2); })}) {
      const Tensor y = op(x);
      CHECK(nans(y) == 1);
      CHECK(std::isnan(y.to_vector()[20]));
    }
    CHECK(nans(ops::scale(x, 0)) == 1);
    CHECK(nans(ops::shift(x, 1)) == 1);
    for (const Tensor& y : {x + one, one - x, x * ops::scale(one, 0), one / x, ops::maximum(x, one),
                            ops::minimum(one, x)})
      CHECK(nans(y) == 1);
    CHECK(nans(ops::sum(x)) == 1);
    for (const Tensor& y : {ops::max(x), ops::min(x), ops::logsumexp(x), ops::norm(x),
                            ops::variance(x), ops::mse(x, one), ops::mae(x, one),
                            ops::huber(x, one), ops::binary_cross_entropy(x, one)})
      CHECK(nans(y) == 1);
    CHECK(nans(ops::layer_norm(ops::reshape(x, {1, 37}), one, one)) == 37);
    CHECK(nans(ops::mean(ops::reshape(x, {37, 1}), {0})) == 1);

    const Tensor matrix = ops::reshape(x, {1, 37});
    CHECK(nans(ops::matmul(matrix, Tensor::zeros({37, 3}))) == 3);
    CHECK(nans(ops::linear(matrix, Tensor::zeros({37, 3}), {}, {.relu = true})) == 3);

    for (const int at : {0, 1, 2}) {
      std::vector<float> rows = {1, 2, 3, 3, 2, 1};
      rows[static_cast<std::size_t>(at)] = kNan;
      const Tensor logits = Tensor::from(rows, {2, 3});
      CHECK(nans(ops::softmax(logits)) == 3);
      const Tensor labels = Tensor::from(std::vector<std::int32_t>{at, 0}, {2});
      const Tensor loss = ops::softmax_cross_entropy(logits, labels);
      CHECK(nans(loss) == 1);
    }
  });
}
