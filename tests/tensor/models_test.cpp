// Several models trained together: each has, to the bit, what it has when it is trained alone.
#include <cstdlib>

#include "base/philox.h"
#include "tensor/step_graph.h"
#include "tests/tensor/test_backends.h"

using namespace hone;

namespace {

// What the models of one architecture may differ in.
struct Member {
  std::uint64_t seed;  // of weights and dropout
  float rate, beta1, decay;
  double p;
};

const std::vector<Member> kMembers = {
    {.seed = 1, .rate = 0.01f, .beta1 = 0.9f, .decay = 0, .p = 0.25},
    {.seed = 2, .rate = 0.003f, .beta1 = 0.8f, .decay = 0.01f, .p = 0.5},
    {.seed = 3, .rate = 0.02f, .beta1 = 0.95f, .decay = 0.1f, .p = 0}};

constexpr std::int64_t kImages = 30, kBatch = 6, kIn = 12, kHidden = 9, kClasses = 4;
constexpr std::int64_t kParameters = kIn * kHidden + kHidden + kHidden * kClasses + kClasses;

template <class T>
Tensor bytes_of(const std::vector<T>& values) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(values.data());
  return Tensor::from(std::span(bytes, values.size() * sizeof(T)),
                      {static_cast<std::int64_t>(values.size()), sizeof(T)});
}

// A dense network with dropout and Adam, for one or several members on the bound backend. The batch
// is shared by all.
class Mlps {
 public:
  Mlps(Backend& backend, const std::vector<Member>& members)
      : backend_(backend), members_(static_cast<int>(members.size())) {
    PhiloxStream random(77);
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(kImages * kIn));
    for (std::uint8_t& pixel : pixels) pixel = static_cast<std::uint8_t>(random.below(256));
    std::vector<std::int32_t> labels(kImages), order(kImages);
    for (std::int32_t& label : labels) label = static_cast<std::int32_t>(random.below(kClasses));
    for (std::int32_t& index : order) index = static_cast<std::int32_t>(random.below(kImages));
    images_ = Tensor::from(pixels, {kImages, kIn, 1, 1});
    labels_ = Tensor::from(labels, {kImages});
    order_ = Tensor::from(order, {kImages});
    cursor_ = Tensor::zeros({1}, DType::i32);
    step_ = Tensor::zeros({1}, DType::i32);
    segments_ = bytes_of(std::vector<Segment>{{0, kParameters, 0}});

    const BackendScope scope(backend_, members_);
    values_ = Tensor::empty({kParameters});
    grads_ = Tensor::zeros({kParameters});
    m_ = Tensor::zeros({kParameters});
    v_ = Tensor::zeros({kParameters});
    sums_ = Tensor::zeros({kMetricSums}, DType::f64);
    scalars_ = Tensor::empty({1, kScalarColumns});
    std::vector<DropoutRow> rows;
    for (int i = 0; i < members_; ++i) {
      const Member& member = members[static_cast<std::size_t>(i)];
      PhiloxStream start(member.seed);
      std::vector<float> weights(static_cast<std::size_t>(kParameters));
      for (float& weight : weights) weight = static_cast<float>(start.uniform() - 0.5);
      values_.model(i).assign(weights);
      scalars_.model(i).assign(
          std::vector<float>{member.rate, member.beta1, 0.999f, 1e-7f, member.decay});
      rows.push_back({member.p, member.seed});
    }
    row_ = ops::dropout_rows(rows);
    std::int64_t offset = 0;
    const auto parameter = [&](const Shape& shape) {
      Tensor view = values_.part(offset, shape);
      view.set_requires_grad().set_grad_storage(grads_.part(offset, shape));
      offset += shape.count();
      return view;
    };
    w1_ = parameter({kIn, kHidden});
    b1_ = parameter({kHidden});
    w2_ = parameter({kHidden, kClasses});
    b2_ = parameter({kClasses});
  }

  void step() {
    const Tensor x = Tensor::empty({kBatch, kIn, 1, 1}), y = Tensor::empty({kBatch}, DType::i32);
    backend_.run(verb::GatherBatch{.x = x.view(),
                                   .labels = y.view(),
                                   .images = images_.view(),
                                   .all_labels = labels_.view(),
                                   .order = order_.view(),
                                   .cursor = cursor_.view()});
    {
      const BackendScope scope(backend_, members_);
      for (const Tensor& each : {w1_, b1_, w2_, b2_}) each.zero_grad();
      const Tensor hidden = ops::linear(ops::flatten(x), w1_, b1_, {.relu = true});
      const Tensor logits = ops::linear(ops::dropout(hidden, step_, row_, {.stream = 4}), w2_, b2_);
      const Tensor loss = ops::softmax_cross_entropy(logits, y);
      backend_.run(verb::AccumulateMetrics{.sums = sums_.view(),
                                           .loss = loss.view(),
                                           .logits = logits.view(),
                                           .labels = y.view(),
                                           .step = step_.view()});
      loss.backward();
    }
    backend_.run(verb::Advance{.counters = step_.view()});
    backend_.run(verb::AdamStep{.values = values_.view(),
                                .m = m_.view(),
                                .v = v_.view(),
                                .grads = grads_.view(),
                                .scalars = scalars_.view(),
                                .step = step_.view(),
                                .segments = segments_.view()});
  }

  // Everything of one member that a step writes.
  std::vector<double> state(int member) const {
    std::vector<double> all;
    for (const Tensor& each : {values_, grads_, m_, v_, sums_})
      for (const double value : each.model(member).to_vector<double>()) all.push_back(value);
    return all;
  }

 private:
  Backend& backend_;
  int members_;
  Tensor images_, labels_, order_, cursor_, step_, segments_;                 // shared
  Tensor values_, grads_, m_, v_, sums_, scalars_, row_, w1_, b1_, w2_, b2_;  // of each
};

constexpr int kSteps = 20;

std::vector<double> alone(const std::string& device, const Member& member) {
  const Bound bound(device);
  Mlps one(*bound.backend, {member});
  for (int i = 0; i < kSteps; ++i) one.step();
  return one.state(0);
}

void check_together(const std::string& device, int threads, bool replay) {
  const Bound bound(device, threads);
  bound.device->pool()->set_poison(true);
  Mlps all(*bound.backend, kMembers);
  StepGraph graph(*bound.backend, [&] { all.step(); });
  for (int i = 0; i < kSteps; ++i) replay ? graph.run() : all.step();
  for (std::size_t i = 0; i < kMembers.size(); ++i)
    CHECK(all.state(static_cast<int>(i)) == alone(device, kMembers[i]));
}

}  // namespace

TEST_CASE("three models trained together equal three trained alone, bit for bit") {
  for (const std::string& device : device_names())
    for (const bool replay : {false, true})
      for (const int threads : {1, 2}) check_together(device, threads, replay);
  // And they are three: every two differ.
  CHECK(alone("ref", kMembers[0]) != alone("ref", kMembers[1]));
}

TEST_CASE("models trained together on an asynchronous device that takes several at once, too") {
  ::setenv("HONE_PLUGIN_PATH", HONE_TEST_PLUGINS, 1);
  check_together("deferred", 1, false);
  check_together("deferred", 1, true);
  ::unsetenv("HONE_PLUGIN_PATH");
}

TEST_CASE("a tensor of several models is read and written model by model") {
  const Bound bound("ref");
  const BackendScope scope(*bound.backend, 3);
  const Tensor x = Tensor::from(std::vector<float>{1, 2}, {2});  // every model gets them
  CHECK(x.models() == 3);
  CHECK(x.count() == 2);
  CHECK(x.to_vector() == std::vector<float>{1, 2, 1, 2, 1, 2});
  x.model(1).assign(std::vector<float>{5, 6});
  CHECK(ops::scale(x, 2).to_vector() == std::vector<float>{2, 4, 10, 12, 2, 4});
  CHECK(ops::slice(x, 1, 2).to_vector() == std::vector<float>{2, 6, 2});
  x.assign(std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK(ops::sum(x).to_vector() == std::vector<float>{3, 7, 11});
  check_refused([&] { ops::sum(x).item(); }, {"3 models"});
  check_refused([&] { x.model(3); }, {"holds 3 models", "number 3"});
  check_refused([&] { x.assign(std::vector<float>{1, 2, 3}); }, {"3 values", "each of 3 models"});
  check_refused([&] { ops::dropout_rows({{0.5, 1}}); }, {"1 rows for 3 models"});
}

TEST_CASE("models that do not fit together are refused with the names of verb and view") {
  const Bound bound("ref");
  Tensor three, two;
  {
    const BackendScope scope(*bound.backend, 3);
    three = Tensor::zeros({2});
  }
  {
    const BackendScope scope(*bound.backend, 2);
    two = Tensor::zeros({2});
    check_refused([&] { ops::add(two, three); }, {"binary", "y holds 2 models", "view 3"});
  }
  check_refused([&] { ops::relu(three); }, {"unary", "y holds 1 models", "an output not"});
  check_refused([&] { const BackendScope scope(*bound.backend, 0); }, {"0 models"});
}
