// The benchmark networks and the steps over them.
#include "apps/bench/step_run.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "apps/bench/clock.h"
#include "apps/fmnist_tune/full_preset.h"
#include "base/error.h"
#include "base/philox.h"
#include "nn/data/split.h"

namespace hone::bench {
namespace {

constexpr std::int64_t kSide = 28, kSyntheticImages = 8192;
constexpr std::uint64_t kSeed = 1;

nn::Network reference() {
  nn::Network net;
  for (const int filters : {32, 64})
    net.add(nn::Conv2d{.out = filters, .kernel = 3}).add(nn::ReLU{}).add(nn::MaxPool2d{});
  net.add(nn::Flatten{}).add(nn::Dropout{.p = 0.5f});
  return net.add(nn::Linear{.out = 128}).add(nn::ReLU{}).add(nn::Linear{.out = 10});
}

template <int blocks>
nn::Network tutorial() {
  nn::Network net;
  net.add(nn::Conv2d{.out = 64, .kernel = 7, .padding = nn::Padding::same});
  net.add(nn::ReLU{}).add(nn::MaxPool2d{});
  for (int i = 1; i < blocks; ++i) {
    for (int repeat = 0; repeat < 2; ++repeat)
      net.add(nn::Conv2d{.out = 128 * i, .kernel = 3, .padding = nn::Padding::same})
          .add(nn::ReLU{});
    net.add(nn::MaxPool2d{});
  }
  net.add(nn::Flatten{});
  for (const int width : {128, 64})
    net.add(nn::Linear{.out = width}).add(nn::ReLU{}).add(nn::Dropout{.p = 0.25f});
  return net.add(nn::Linear{.out = 10});
}

// Eight layers with weights on the longest way, batch norm behind every convolution, three residual
// blocks of 16, 32 and 64 filters. Shape after He et al., arXiv 1512.03385, section 4.2.
nn::Network resnet_8() {
  const auto convolution = [](int out, int kernel, int stride) {
    nn::Network part;
    part.add(nn::Conv2d{.out = out,
                        .kernel = kernel,
                        .stride = stride,
                        .padding = nn::Padding::same,
                        .bias = false});
    return part.add(nn::BatchNorm{});
  };
  nn::Network net = convolution(16, 3, 1);
  net.add(nn::ReLU{});
  for (const int filters : {16, 32, 64}) {
    const int stride = filters == 16 ? 1 : 2;
    nn::Network body = convolution(filters, 3, stride);
    body.add(nn::ReLU{});
    const nn::Network second = convolution(filters, 3, 1);
    for (const nn::Layer& layer : second.layers()) body.add(layer);
    net.add(nn::Residual{body, stride == 1 ? nn::Network{} : convolution(filters, 1, stride)});
    net.add(nn::ReLU{});
  }
  return net.add(nn::GlobalAvgPool2d{}).add(nn::Linear{.out = 10});
}

nn::Network full() { return app::full_network({}); }

struct Net {
  const char* name;
  std::int64_t parameters;
  nn::Network (*build)();
};
constexpr Net kNets[] = {{"reference", 225'034, reference},
                         {"tutorial-1", 1'617'866, tutorial<1>},
                         {"tutorial-2", 1'036'490, tutorial<2>},
                         {"tutorial-3", 1'413'834, tutorial<3>},
                         {"tutorial-4", 3'380'682, tutorial<4>},
                         {"resnet-8", 77'754, resnet_8},
                         {"full", 288'618, full}};

const Net& net_called(const std::string& name) {
  for (const Net& net : kNets)
    if (name == net.name) return net;
  fail(ErrorKind::usage, "step: there is no network '{}'; there are: {}", printable(name),
       fmt::join(net_names(), ", "));
}

nn::data::Dataset checked_upload(Device& device, const nn::data::ImageSet& images, int batch) {
  check(batch >= 1 && batch <= images.count,
        "step: a batch of {} does not fit: there are {} images", batch, images.count);
  return nn::data::upload(device, images);
}

std::unique_ptr<nn::Model> model_of(const std::vector<const nn::Model*>& members, Device& device,
                                    const Shape& input, std::uint64_t seed,
                                    const StepOptions& options) {
  auto backend = device.new_backend(
      {.threads = options.threads, .conv2d = options.conv2d, .math = options.math});
  if (!members.empty()) return std::make_unique<nn::Model>(members, std::move(backend));
  return std::make_unique<nn::Model>(net_of(options.net), input, std::move(backend), seed);
}

// Null for one.
std::unique_ptr<nn::Model> members_of(Device& device, const Shape& input,
                                      const StepOptions& options) {
  if (options.members == 1) return nullptr;
  std::vector<std::unique_ptr<nn::Model>> models;
  std::vector<const nn::Model*> members;
  for (int m = 0; m < options.members; ++m) {
    models.push_back(model_of({}, device, input, kSeed + static_cast<std::uint64_t>(m), options));
    members.push_back(models.back().get());
  }
  return model_of(members, device, input, kSeed, options);
}

std::unique_ptr<optim::Optimizer> adam_of(nn::Model& model) {
  const BackendScope scope(model.backend(), model.models());
  return optim::make_optimizer(optim::Adam{}, model.parameters());
}

}  // namespace

std::vector<std::string> net_names() {
  std::vector<std::string> names;
  for (const Net& net : kNets) names.emplace_back(net.name);
  return names;
}

nn::Network net_of(const std::string& name) { return net_called(name).build(); }

std::int64_t net_parameters(const std::string& name) { return net_called(name).parameters; }

nn::data::ImageSet synthetic_images() {
  nn::data::ImageSet set{kSyntheticImages, kSide, kSide, 1, {}, {}};
  PhiloxStream random(kSeed, 0);
  set.pixels.resize(static_cast<std::size_t>(set.count * set.image_bytes()));
  for (auto& pixel : set.pixels) pixel = static_cast<std::uint8_t>(random.next_u32() >> 24);
  set.labels.resize(static_cast<std::size_t>(set.count));
  for (auto& label : set.labels) label = static_cast<std::int32_t>(random.next_u32() % 10);
  return set;
}

StepRun::Training::Training(std::unique_ptr<nn::Model> model_, const nn::data::Dataset& data,
                            const StepOptions& options)
    : model(std::move(model_)),
      optimizer(adam_of(*model)),
      pass(*model, *optimizer, data, {.batch = options.batch}, options.capture) {}

StepRun::StepRun(std::shared_ptr<Device> device, const nn::data::ImageSet& images,
                 const StepOptions& options)
    : options_(options),
      device_(std::move(device)),
      data_(checked_upload(*device_, images, options.batch)),
      one_(model_of({}, *device_, data_.shape(), kSeed, options), data_, options),
      full_batches_(data_.count() / options.batch) {
  const std::int64_t expected = net_parameters(options.net);
  check(parameters() == expected,
        "step: {} has {} parameters on images of shape {}, {} are expected (28x28x1 images)",
        options.net, parameters(), data_.shape().str(), expected);
  if (auto members = members_of(*device_, data_.shape(), options))
    all_ = std::make_unique<Training>(std::move(members), data_, options);
  batch_ = full_batches_;
  next_epoch_if_over();
  note_stages();
}

void StepRun::note_stages() {
  nn::Model& model = *one_.model;
  const nn::NetworkCost cost = nn::cost(*model.network(), model.input());
  flops_ = static_cast<double>(cost.training_flops) * options_.batch * options_.members;
  Shape input = model.input();
  input = Shape{options_.batch, input[0], input[1], input[2]};
  model.set_observer([&](const std::string& last, const Tensor& output) {
    // The first layer of a block names its ops.
    std::string layer = last;
    for (const nn::LayerCost& line : cost.layers)
      if (line.name == last && !line.folded_into.empty()) layer = line.folded_into;
    Stage stage{layer, input, output.shape(), {}};
    for (const optim::ParameterInfo& parameter : model.parameters().entries())
      if (parameter.name == layer + ".weight") stage.weight = parameter.shape;
    stages_.push_back(stage);
    input = output.shape();
  });
  one_.pass.forward_until(0, [] {});
  model.set_observer({});
}

// The trainer's epochs, without the smaller last batch: all timed steps are alike.
void StepRun::next_epoch_if_over() {
  if (batch_ < full_batches_) return;
  const auto order = [&](std::uint64_t member) {
    return nn::data::epoch_order(kSeed + member, epoch_, data_.count());
  };
  one_.pass.begin(order(0), 0, {});
  if (all_)
    for (int m = 0; m < options_.members; ++m)
      all_->pass.begin_member(m, one_.pass, order(static_cast<std::uint64_t>(m)), {});
  ++epoch_;
  batch_ = 0;
}

StepTime StepRun::run(int steps) {
  const double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID), wall = seconds_of(CLOCK_MONOTONIC);
  for (std::int64_t left = steps; left > 0;) {
    next_epoch_if_over();
    const std::int64_t count = timed().pass.steps(std::min(left, full_batches_ - batch_));
    batch_ += count;
    left -= count;
  }
  backend().synchronize();
  return {steps, seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu, seconds_of(CLOCK_MONOTONIC) - wall};
}

std::vector<VerbCost> StepRun::verb_costs(int replays) {
  if (!options_.capture) return {};
  const clockid_t clock = clock_for(options_.threads);
  std::vector<VerbCost> costs;
  std::vector<std::vector<double>> times;
  for (int replay = 0; replay < replays; ++replay) {
    next_epoch_if_over();
    const std::vector<VerbTime> step =
        timed().pass.step_timed([clock] { return seconds_of(clock); });
    ++batch_;
    times.resize(step.size());
    for (std::size_t i = 0; i < step.size(); ++i) {
      if (replay == 0) costs.push_back({layer_of(step[i]), step[i].name, step[i].shape});
      times[i].push_back(step[i].seconds);
    }
  }
  for (std::size_t i = 0; i < costs.size(); ++i) {
    std::sort(times[i].begin(), times[i].end());
    costs[i].seconds = times[i][times[i].size() / 2];
  }
  return costs;
}

// A verb is told by its kind and by the shape that it writes, which no two layers of a kind share.
std::string StepRun::layer_of(const VerbTime& verb) const {
  const std::string name = verb.name;
  const auto ends = [&](const char* end) { return name.ends_with(end); };
  for (const Stage& stage : stages_) {
    const std::string kind = stage.name.substr(0, stage.name.rfind('_'));
    if (!name.starts_with(kind)) continue;
    if (ends("_weight") && verb.shape == stage.weight) return stage.name;
    if ((ends("_backward_input") || ends("_backward")) && verb.shape == stage.input)
      return stage.name;
    if ((ends("_forward") || name == "dropout") && verb.shape == stage.output) return stage.name;
  }
  return "";
}

double StepRun::loss() const {
  const nn::train::MetricSums sums = timed().pass.sums();
  if (sums[kFirstBadStep] != 0) fail(ErrorKind::data, "step: the loss is not finite");
  return sums[kSampleSum] > 0 ? sums[kLossSum] / sums[kSampleSum] : 0.0;
}

}  // namespace hone::bench
