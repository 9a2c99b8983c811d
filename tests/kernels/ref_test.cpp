// ref, the specification, against arithmetic written out here, and against facts that must hold.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "tests/kernels/verb_cases.h"

using namespace hone;
using namespace hone::test;

namespace {

// One element of a convolution block before pooling, in double, straight from the definition.
double convolved(const Array& x, const Array& w, const Array& b, const Conv2dParams& params,
                 std::int64_t n, std::int64_t oy, std::int64_t ox, std::int64_t co) {
  double sum = b.at(co);
  for (std::int64_t ky = 0; ky < params.kernel_h; ++ky)
    for (std::int64_t kx = 0; kx < params.kernel_w; ++kx)
      for (std::int64_t ci = 0; ci < x.shape[3]; ++ci) {
        const std::int64_t iy = oy * params.stride_h + ky - params.pad_top;
        const std::int64_t ix = ox * params.stride_w + kx - params.pad_left;
        if (iy < 0 || iy >= x.shape[1] || ix < 0 || ix >= x.shape[2]) continue;
        sum += x.at(((n * x.shape[1] + iy) * x.shape[2] + ix) * x.shape[3] + ci) *
               w.at(((co * params.kernel_h + ky) * params.kernel_w + kx) * x.shape[3] + ci);
      }
  return params.relu && sum < 0 ? 0 : sum;
}

// Sum of all elements of the block's output times `weights`: a scalar whose gradient is known.
double weighted_output(Backend& backend, const Array& x, const Array& w, const Array& b,
                       const Array& weights, Conv2dParams params) {
  Array y = poisoned(weights.shape, DType::f64), argmax = poisoned(weights.shape, DType::u8);
  backend.run(verb::Conv2dForward{.y = y.view(),
                                  .argmax = argmax.view(),
                                  .x = x.view(),
                                  .w = w.view(),
                                  .b = b.view(),
                                  .params = params});
  double sum = 0;
  for (std::int64_t i = 0; i < y.count(); ++i) sum += y.at(i) * weights.at(i);
  return sum;
}

Array as_f64(const Array& from) {
  Array to = poisoned(from.shape, DType::f64);
  for (std::int64_t i = 0; i < from.count(); ++i) to.view().as<double>()[i] = from.at(i);
  return to;
}

}  // namespace

TEST_CASE("ref's convolution blocks are the sums of the definition") {
  const auto ref = open_device("ref")->new_backend();
  for (const int stride : {1, 2})
    for (const bool pool : {false, true}) {
      const Conv2dParams params{.kernel_h = 3,
                                .kernel_w = 4,
                                .stride_h = stride,
                                .stride_w = stride,
                                .pad_top = 1,
                                .pad_bottom = 2,
                                .pad_right = 3,
                                .relu = true,
                                .pool = pool};
      const Array x = normals({2, 9, 11, 3}, 1), w = normals({5, 3, 4, 3}, 2), b = normals({5}, 3);
      Array y = poisoned({2, params.out_h(9), params.out_w(11), 5});
      Array argmax = poisoned(y.shape, DType::u8);
      ref->run(verb::Conv2dForward{.y = y.view(),
                                   .argmax = argmax.view(),
                                   .x = x.view(),
                                   .w = w.view(),
                                   .b = b.view(),
                                   .params = params});
      double worst = 0;
      for (std::int64_t i = 0; i < y.count(); ++i) {
        const std::int64_t co = i % 5, ox = i / 5 % y.shape[2],
                           oy = i / 5 / y.shape[2] % y.shape[1];
        const std::int64_t n = i / 5 / y.shape[2] / y.shape[1];
        double expected = pool ? -1 : convolved(x, w, b, params, n, oy, ox, co);
        for (int p = 0; pool && p < 4; ++p) {
          const double value = convolved(x, w, b, params, n, 2 * oy + p / 2, 2 * ox + p % 2, co);
          if (argmax.at(i) == p) worst = std::max(worst, std::abs(value - y.at(i)));
          expected = std::max(expected, value);
        }
        worst = std::max(worst, std::abs(y.at(i) - expected));
      }
      CHECK(worst < 1e-5);
    }
}

TEST_CASE("ref's convolution gradients agree with finite differences in f64") {
  const auto ref = open_device("ref")->new_backend();
  const Conv2dParams params{
      .stride_h = 1, .stride_w = 2, .pad_top = 1, .pad_left = 2, .relu = true, .pool = true};
  Array x = as_f64(normals({2, 6, 7, 2}, 1)), w = as_f64(normals({3, 3, 3, 2}, 2));
  Array b = as_f64(normals({3}, 3));
  const Array dy = as_f64(normals({2, params.out_h(6), params.out_w(7), 3}, 4));
  Array y = poisoned(dy.shape, DType::f64), argmax = poisoned(dy.shape, DType::u8);
  Array dx = poisoned(x.shape, DType::f64), dw = poisoned(w.shape, DType::f64);
  Array db = poisoned(b.shape, DType::f64);
  ref->run(verb::Conv2dForward{.y = y.view(),
                               .argmax = argmax.view(),
                               .x = x.view(),
                               .w = w.view(),
                               .b = b.view(),
                               .params = params});
  ref->run(verb::Conv2dBackwardInput{.dx = dx.view(),
                                     .dy = dy.view(),
                                     .y = y.view(),
                                     .argmax = argmax.view(),
                                     .w = w.view(),
                                     .params = params,
                                     .write = Write::set});
  ref->run(verb::Conv2dBackwardWeight{.dw = dw.view(),
                                      .db = db.view(),
                                      .dy = dy.view(),
                                      .y = y.view(),
                                      .argmax = argmax.view(),
                                      .x = x.view(),
                                      .params = params,
                                      .write = Write::set});
  const auto check_all = [&](Array& input, const Array& gradient) {
    double worst = 0;
    for (std::int64_t i = 0; i < input.count(); ++i) {
      double& value = input.view().as<double>()[i];
      const double saved = value, h = 1e-6;
      value = saved + h;
      const double above = weighted_output(*ref, x, w, b, dy, params);
      value = saved - h;
      const double below = weighted_output(*ref, x, w, b, dy, params);
      value = saved;
      worst = std::max(worst, std::abs((above - below) / (2 * h) - gradient.at(i)));
    }
    return worst;
  };
  CHECK(check_all(x, dx) < 1e-6);
  CHECK(check_all(w, dw) < 1e-6);
  CHECK(check_all(b, db) < 1e-6);
}

TEST_CASE("the first maximum of a pooling window wins a tie") {
  for (const char* device : {"ref", "cpu"}) {
    const auto backend = open_device(device)->new_backend();
    Array x = poisoned({1, 2, 4, 1});
    const float values[8] = {1, 2, 5, 5, 2, 2, 5, 5};
    std::copy_n(values, 8, x.view().as<float>());
    Array y = poisoned({1, 1, 2, 1}), argmax = poisoned({1, 1, 2, 1}, DType::u8);
    backend->run(verb::MaxPool2dForward{
        .y = y.view(), .argmax = argmax.view(), .x = x.view(), .params = {}});
    CHECK(argmax.at(0) == 1);
    CHECK(argmax.at(1) == 0);
    // A window that ReLU makes all zero: position 0, and no gradient.
    const Array one = integers({1, 2, 2, 1}, 1, 0), dy = normals({1, 1, 1, 1}, 2);
    Array w = poisoned({1, 1, 1, 1}), out = poisoned({1, 1, 1, 1}), dx = poisoned({1, 2, 2, 1});
    Array position = poisoned({1, 1, 1, 1}, DType::u8);
    w.view().as<float>()[0] = 1;
    const Conv2dParams params{.kernel_h = 1, .kernel_w = 1, .relu = true, .pool = true};
    backend->run(verb::Conv2dForward{.y = out.view(),
                                     .argmax = position.view(),
                                     .x = one.view(),
                                     .w = w.view(),
                                     .b = {},
                                     .params = params});
    backend->run(verb::Conv2dBackwardInput{.dx = dx.view(),
                                           .dy = dy.view(),
                                           .y = out.view(),
                                           .argmax = position.view(),
                                           .w = w.view(),
                                           .params = params,
                                           .write = Write::set});
    CHECK(position.at(0) == 0);
    for (int i = 0; i < 4; ++i) CHECK(dx.at(i) == 0);
  }
}

TEST_CASE("dropout keeps the share it should, by step and stream, and the same on ref and cpu") {
  const auto ref = open_device("ref")->new_backend(), cpu = open_device("cpu")->new_backend();
  const std::int64_t n = 200000;
  Array ones = poisoned({n});
  cpu->run(verb::Fill{.y = ones.view(), .value = 1});
  const auto mask = [&](Backend& backend, double p, int step, std::uint32_t stream) {
    Outputs out{poisoned({n})};
    backend.run(verb::Dropout{.y = out[0].view(),
                              .x = ones.view(),
                              .step = scalar_i32(step).view(),
                              .row = dropout_array(p, 5).view(),
                              .params = {.stream = stream},
                              .write = Write::set});
    return out;
  };
  for (const double p : {0.1, 0.5, 0.77}) {
    const Outputs out = mask(*ref, p, 3, 1);
    CHECK(same_bits(out, mask(*cpu, p, 3, 1)));
    std::int64_t kept = 0, pairs = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      kept += out[0].at(i) != 0;
      pairs += i > 0 && out[0].at(i) != 0 && out[0].at(i - 1) != 0;
    }
    const double q = 1 - p, spread = std::sqrt(static_cast<double>(n) * p * q);
    CHECK(std::abs(static_cast<double>(kept) - static_cast<double>(n) * q) < 4 * spread);
    // Neighbours are independent.
    CHECK(std::abs(static_cast<double>(pairs) / static_cast<double>(n) - q * q) < 0.005);
  }
  CHECK_FALSE(same_bits(mask(*cpu, 0.5, 3, 1), mask(*cpu, 0.5, 4, 1)));
  CHECK_FALSE(same_bits(mask(*cpu, 0.5, 3, 1), mask(*cpu, 0.5, 3, 2)));
}

TEST_CASE("Adam takes the first step that its formula says, in both forms") {
  const auto ref = open_device("ref")->new_backend();
  const std::vector<Segment> segments{{0, 1, 0}};
  Array table = poisoned({1, kScalarColumns});
  const float row[] = {0.1f, 0.9f, 0.999f, 0.01f, 0.0f};
  std::copy_n(row, kScalarColumns, table.view().as<float>());
  for (const OptimizerForm form : {OptimizerForm::keras, OptimizerForm::pytorch}) {
    Array w = integers({1}, 1, 0), m = w, v = w, g = w;
    g.view().as<float>()[0] = 0.5f;
    ref->run(verb::AdamStep{.values = w.view(),
                            .m = m.view(),
                            .v = v.view(),
                            .grads = g.view(),
                            .scalars = table.view(),
                            .step = scalar_i32(1).view(),
                            .segments = segment_array(segments).view(),
                            .params = {form, true}});
    // m = 0.05, v = 0.00025; epsilon is added before (Keras) or after the correction of v.
    const double keras = -0.1 * std::sqrt(0.001) / 0.1 * 0.05 / (std::sqrt(0.00025) + 0.01);
    const double pytorch = -0.1 * 0.5 / (0.5 + 0.01);
    CHECK(w.at(0) == doctest::Approx(form == OptimizerForm::keras ? keras : pytorch).epsilon(1e-4));
  }
}

TEST_CASE("a loss that is not finite is noted with its step, the first time only") {
  for (const char* device : {"ref", "cpu"}) {
    const auto backend = open_device(device)->new_backend();
    const Array logits = normals({3, 4}, 1), labels = i32_values({3}, 2, 4);
    Array loss = normals({}, 3), sums = poisoned({kMetricSums}, DType::f64);
    backend->run(verb::Fill{.y = sums.view(), .value = 0});
    for (const int step : {0, 1, 2, 3}) {
      loss.view().as<float>()[0] = step < 2 ? 1.0f : NAN;
      backend->run(verb::AccumulateMetrics{.sums = sums.view(),
                                           .loss = loss.view(),
                                           .logits = logits.view(),
                                           .labels = labels.view(),
                                           .step = scalar_i32(step).view()});
      CHECK(sums.at(kFirstBadStep) == (step < 2 ? 0 : 3));
    }
    CHECK(sums.at(kSampleSum) == 12);
  }
}

TEST_CASE("the first label that is no class is noted with the number of its sample") {
  for (const char* device : {"ref", "cpu"}) {
    const auto backend = open_device(device)->new_backend();
    const Array logits = normals({3, 4}, 1), loss = normals({}, 3);
    Array labels = i32_values({3}, 2, 4), sums = poisoned({kMetricSums}, DType::f64);
    backend->run(verb::Fill{.y = sums.view(), .value = 0});
    for (int batch = 0; batch < 3; ++batch) {
      labels.view().as<std::int32_t>()[1] = batch == 0 ? 0 : 4 + batch;
      backend->run(verb::AccumulateMetrics{.sums = sums.view(),
                                           .loss = loss.view(),
                                           .logits = logits.view(),
                                           .labels = labels.view(),
                                           .step = scalar_i32(batch).view()});
      CHECK(sums.at(kBadLabelAt) == (batch == 0 ? 0 : 5));
      CHECK(sums.at(kBadLabel) == (batch == 0 ? 0 : 5));
    }
  }
}

TEST_CASE("the step of a table is the one that the counter says, the last one past its end") {
  for (const char* device : {"ref", "cpu"}) {
    const auto backend = open_device(device)->new_backend();
    Array table = poisoned({3, 1, kScalarColumns});
    std::memset(table.bytes.data(), 0, table.bytes.size());
    for (int step = 0; step < 3; ++step)
      table.view().as<float>()[step * kScalarColumns + kLearningRate] =
          static_cast<float>(step + 1);
    for (const auto& [at, rate] : {std::pair(-1, 1), {0, 1}, {1, 2}, {2, 3}, {3, 3}, {99, 3}}) {
      Array w = poisoned({4}), velocity = poisoned({4}), g = poisoned({4});
      for (int i = 0; i < 4; ++i) {
        w.view().as<float>()[i] = 0;
        g.view().as<float>()[i] = -1;
      }
      backend->run(verb::SgdStep{.values = w.view(),
                                 .velocity = velocity.view(),
                                 .grads = g.view(),
                                 .scalars = table.view(),
                                 .at = scalar_i32(at).view(),
                                 .segments = segment_array({{0, 4, 0}}).view()});
      CHECK(w.at(3) == rate);
    }
  }
}

TEST_CASE("gather_rows refuses an index or a cursor out of range") {
  for (const char* device : {"ref", "cpu"}) {
    const auto backend = open_device(device)->new_backend();
    const Array x = normals({3, 2}, 1);
    Array y = poisoned({2, 2}), order = i32_values({4}, 1, 3);
    const auto gather = [&](int cursor) {
      backend->run(verb::GatherRows{.y = y.view(),
                                    .x = x.view(),
                                    .order = order.view(),
                                    .cursor = scalar_i32(cursor).view()});
    };
    CHECK_NOTHROW(gather(2));
    CHECK_THROWS_WITH_AS(gather(3), doctest::Contains("it has 4"), Error);
    order.view().as<std::int32_t>()[0] = 3;
    CHECK_THROWS_WITH_AS(gather(0), doctest::Contains("row 3 is asked for, there are 3"), Error);
  }
}

TEST_CASE("a label that is no class makes the loss NaN instead of reading out of bounds") {
  for (const char* device : {"ref", "cpu"}) {
    const auto backend = open_device(device)->new_backend();
    const Array logits = normals({2, 4}, 1);
    for (const int label : {-1, 4, 1000000}) {
      Array labels = i32_values({2}, 2, 4), loss = poisoned({}), p = poisoned({2, 4});
      labels.view().as<std::int32_t>()[1] = label;
      loss.view().as<float>()[0] = 0;
      backend->run(verb::SoftmaxCrossEntropyForward{.loss = loss.view(),
                                                    .probabilities = p.view(),
                                                    .logits = logits.view(),
                                                    .labels = labels.view()});
      CHECK(std::isnan(loss.at(0)));
      CHECK_FALSE(std::isnan(p.at(7)));
    }
  }
}

TEST_CASE("gather_batch refuses an index or a cursor out of range") {
  for (const char* device : {"ref", "cpu"}) {
    const auto backend = open_device(device)->new_backend();
    const Array images = poisoned({3, 2, 2, 1}, DType::u8), all_labels = i32_values({3}, 1, 4);
    Array x = poisoned({2, 2, 2, 1}), labels = poisoned({2}, DType::i32);
    Array order = i32_values({4}, 1, 3);
    const auto gather = [&](int cursor) {
      backend->run(verb::GatherBatch{.x = x.view(),
                                     .labels = labels.view(),
                                     .images = images.view(),
                                     .all_labels = all_labels.view(),
                                     .order = order.view(),
                                     .cursor = scalar_i32(cursor).view(),
                                     .params = {}});
    };
    CHECK_NOTHROW(gather(2));
    CHECK_THROWS_WITH_AS(gather(3), doctest::Contains("it has 4"), Error);
    CHECK_THROWS_AS(gather(-1), Error);
    order.view().as<std::int32_t>()[0] = 3;
    CHECK_THROWS_WITH_AS(gather(0), doctest::Contains("row 3 is asked for, there are 3"), Error);
  }
}

TEST_CASE("cpu refuses f64 and names the device that takes it") {
  const auto cpu = open_device("cpu")->new_backend();
  Array x = poisoned({3}, DType::f64);
  CHECK_THROWS_WITH_AS(cpu->run(verb::Unary{.y = x.view(), .x = x.view(), .params = {}}),
                       doctest::Contains("ref"), Error);
}
