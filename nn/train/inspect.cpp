// Times and memory by layer, dead units, outputs and gradients.
#include "nn/train/inspect.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <numeric>

#include "base/error.h"
#include "nn/train/passes.h"
#include "tensor/tape.h"
#include "tensor/tape_view.h"

namespace hone::nn::train {
namespace {

// Throws unless the model can take the samples, and all of them are on its device.
void check_resident(const Model& model, const data::Dataset& data, const char* who) {
  check_data(model, data, who);
  check(data.shards() == nullptr, "{}: the samples of a set of shards stay on disk", who);
}

// The model as it was, when the guard goes: weights and running statistics, no observer, no
// gradients, evaluation mode.
class Restored {
 public:
  explicit Restored(Model& model)
      : model_(model), state_(model.parameters().state().to_vector<float>()) {}
  Restored(const Restored&) = delete;
  Restored& operator=(const Restored&) = delete;
  ~Restored() {
    model_.set_observer({});
    model_.train(false);
    model_.parameters().zero_grad();
    clear_tape();
    try {
      model_.parameters().state().assign(state_);
    } catch (const Error&) {  // a device that is lost; what failed on it is thrown already
    }
  }

 private:
  Model& model_;
  std::vector<float> state_;
};

// A model in which every layer is computed by itself: a copy where there is a description.
class Unfused {
 public:
  explicit Unfused(Model& model) : model_(&model) {
    if (!model.network()) return;
    own_ = std::make_unique<Model>(*model.network(), model.input(), model.device().new_backend(),
                                   model.seed(), ModelOptions{.fuse = false});
    std::vector<float> state;
    {
      const BackendScope scope(model.backend());
      state = model.parameters().state().to_vector<float>();
    }
    const BackendScope scope(own_->backend());
    own_->parameters().state().assign(state);
    model_ = own_.get();
  }
  Model& operator*() const { return *model_; }
  Model* operator->() const { return model_; }

 private:
  std::unique_ptr<Model> own_;
  Model* model_;
};

// The loss as in training: a target that is standardised is compared in those numbers.
Tensor loss_of(const Loss& loss, const Tensor& output, const Batch& batch,
               const data::Dataset& data) {
  const auto standardize = target_standardizer(loss, data);
  if (!standardize) return loss(output, batch);
  const std::string name = loss.target();
  return loss(output, batch.with(name, (*standardize)(batch[name])));
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// The moment when a layer was done.
struct Mark {
  std::string layer;
  double time;
  std::size_t nodes;  // on the tape by then
  std::int64_t bytes;
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Measures single steps, and keeps the times of each layer by their order of appearance.
class Meter {
 public:
  Meter(Model& model, const Loss& loss, const data::Dataset& data, int batch)
      : model_(model), loss_(loss), data_(data), source_(model.backend(), data), batch_(batch) {}

  void step() {
    const Batch batch = source_.gather(batch_);
    std::vector<Mark> marks;
    const auto mark = [&](const std::string& layer) {
      model_.backend().synchronize();
      marks.push_back({layer, now(), tape_size(), live()});
    };
    model_.set_observer([&](const std::string& layer, const Tensor&) { mark(layer); });
    clear_tape();
    mark("");
    const Tensor output = model_.forward(batch.x());
    const Tensor loss = loss_of(loss_, output, batch, data_);
    mark("loss");
    std::vector<std::pair<std::size_t, double>> starts;
    watch_backward(loss, [&](std::size_t node) {
      model_.backend().synchronize();
      starts.emplace_back(node, now());
    });
    model_.backend().synchronize();
    const double end = now();
    std::map<std::string, std::pair<double, double>> times;
    for (std::size_t i = 1; i < marks.size(); ++i)
      times[marks[i].layer].first += marks[i].time - marks[i - 1].time;
    for (std::size_t k = 0; k < starts.size(); ++k) {
      const auto& [node, start] = starts[k];
      const double until = k + 1 < starts.size() ? starts[k + 1].second : end;
      const auto at = std::find_if(marks.begin(), marks.end(),
                                   [begin = node](const Mark& m) { return m.nodes > begin; });
      times[at == marks.end() ? "loss" : at->layer].second += until - start;
    }
    keep(marks, times);
  }

  std::vector<LayerUse> result() const {
    std::vector<LayerUse> uses;
    for (const std::string& layer : names_) {
      const Series& series = series_.at(layer);
      uses.push_back({layer, median(series.forward), median(series.backward), series.bytes});
    }
    return uses;
  }
  void forget() { series_.clear(), names_.clear(); }

 private:
  struct Series {
    std::vector<double> forward, backward;
    std::int64_t bytes = 0;
  };

  std::int64_t live() const {
    return static_cast<std::int64_t>(model_.device().pool()->stats().live_bytes);
  }

  void keep(const std::vector<Mark>& marks,
            const std::map<std::string, std::pair<double, double>>& times) {
    std::map<std::string, std::int64_t> bytes;
    for (std::size_t i = 1; i < marks.size(); ++i) {
      const std::string& layer = marks[i].layer;
      bytes[layer] += marks[i].bytes - marks[i - 1].bytes;
      if (std::find(names_.begin(), names_.end(), layer) == names_.end()) names_.push_back(layer);
    }
    for (const auto& [layer, time] : times) {
      Series& series = series_[layer];
      series.forward.push_back(time.first);
      series.backward.push_back(time.second);
      series.bytes = bytes[layer];
    }
  }

  Model& model_;
  const Loss& loss_;
  const data::Dataset& data_;
  BatchSource source_;
  int batch_;
  std::vector<std::string> names_;
  std::map<std::string, Series> series_;
};

// "conv2d_1 to maxpool2d_1" where one op computes several layers.
void name_blocks(const Model& model, std::vector<LayerUse>& uses) {
  if (!model.network()) return;
  const auto use_of = [&](const std::string& layer) {
    return std::find_if(uses.begin(), uses.end(),
                        [&](const LayerUse& use) { return use.layer == layer; });
  };
  std::map<std::string, std::string> last;  // of each block, by its first
  for (const LayerCost& layer : cost(*model.network(), model.input()).layers)
    if (!layer.folded_into.empty()) last[layer.folded_into] = layer.name;
  for (const auto& [first, end] : last)
    if (const auto at = use_of(end); at != uses.end() && use_of(first) == uses.end())
      at->layer = fmt::format("{} to {}", first, end);
}

}  // namespace

std::vector<LayerUse> measure_layers(Model& model, const Loss& loss, const data::Dataset& data,
                                     const MeasureOptions& options) {
  check(options.batch >= 1 && options.repeats >= 1,
        "measure_layers: batch is {}, repeats {}; both must be 1 or more", options.batch,
        options.repeats);
  check_resident(model, data, "measure_layers");
  const auto batch = static_cast<int>(std::min<std::int64_t>(options.batch, data.count()));
  model.check_batch(batch);
  const BackendScope scope(model.backend());
  const Restored restored(model);
  model.train(true);
  Meter meter(model, loss, data, batch);
  meter.step();
  meter.forget();
  for (int i = 0; i < options.repeats; ++i) meter.step();
  std::vector<LayerUse> uses = meter.result();
  name_blocks(model, uses);
  return uses;
}

std::string layer_table(const std::vector<LayerUse>& layers) {
  std::size_t width = 5;
  double total = 0, forward = 0, backward = 0;
  std::int64_t bytes = 0;
  for (const LayerUse& use : layers) {
    width = std::max(width, use.layer.size());
    forward += use.forward_seconds;
    backward += use.backward_seconds;
    bytes += use.bytes;
  }
  total = forward + backward;
  std::string text = fmt::format("{:<{}}  {:>10}  {:>11}  {:>5}  {:>12}\n", "layer", width,
                                 "forward ms", "backward ms", "share", "memory KiB");
  const auto row = [&](const std::string& name, double f, double b, std::int64_t size) {
    text += fmt::format("{:<{}}  {:>10.3f}  {:>11.3f}  {:>4.0f}%  {:>12.1f}\n", name, width,
                        1e3 * f, 1e3 * b, total > 0 ? 100 * (f + b) / total : 0,
                        static_cast<double>(size) / 1024);
  };
  for (const LayerUse& use : layers)
    row(use.layer, use.forward_seconds, use.backward_seconds, use.bytes);
  row("all", forward, backward, bytes);
  return text;
}

std::vector<DeadUnits> dead_relus(Model& model, const data::Dataset& data, int batch) {
  check(batch >= 1, "dead_relus: batch is {}, it must be 1 or more", batch);
  check_resident(model, data, "dead_relus");
  const Unfused seen(model);
  const BackendScope scope(seen->backend());
  const NoGrad no_grad;
  const Restored restored(*seen);
  seen->train(false);
  std::vector<std::pair<std::string, Tensor>> most;  // of each unit
  seen->set_observer([&](const std::string& layer, const Tensor& output) {
    const std::string last = layer.substr(layer.rfind('.') + 1);
    if (last.rfind("relu_", 0) != 0) return;
    std::vector<int> axes(static_cast<std::size_t>(output.shape().rank() - 1));
    std::iota(axes.begin(), axes.end(), 0);
    const Tensor here = ops::max(output, axes);
    const auto at = std::find_if(most.begin(), most.end(),
                                 [&](const auto& entry) { return entry.first == layer; });
    if (at == most.end())
      most.emplace_back(layer, here);
    else
      at->second = ops::maximum(at->second, here);
  });
  BatchSource source(seen->backend(), data);
  for (std::int64_t first = 0; first < data.count(); first += batch) {
    const auto rows = static_cast<int>(std::min<std::int64_t>(batch, data.count() - first));
    seen->forward(source.gather(rows).x());
    source.advance(rows);
  }
  std::vector<DeadUnits> layers;
  for (const auto& [layer, greatest] : most) {
    const std::vector<float> values = greatest.to_vector();
    const auto dead = std::count_if(values.begin(), values.end(), [](float v) { return v <= 0; });
    layers.push_back({layer, static_cast<std::int64_t>(values.size()), dead});
  }
  return layers;
}

std::vector<NamedValues> layer_outputs(Model& model, const data::Dataset& data,
                                       std::int64_t sample) {
  check_resident(model, data, "layer_outputs");
  check(sample >= 0 && sample < data.count(), "layer_outputs: there is no sample {} of {}", sample,
        data.count());
  const Unfused seen(model);
  const BackendScope scope(seen->backend());
  const NoGrad no_grad;
  const Restored restored(*seen);
  seen->train(false);
  std::vector<NamedValues> outputs;
  seen->set_observer([&](const std::string& layer, const Tensor& output) {
    outputs.push_back({layer, output.shape().without(0), output.to_vector<float>()});
  });
  BatchSource source(seen->backend(), data);
  source.begin(in_order(data.count()), sample, 0);
  const Tensor x = source.gather(1).x();
  outputs.push_back({"input", x.shape().without(0), x.to_vector<float>()});
  seen->forward(x);
  return outputs;
}

std::vector<NamedValues> parameter_gradients(Model& model, const Loss& loss,
                                             const data::Dataset& data, int batch) {
  check(batch >= 1, "parameter_gradients: batch is {}, it must be 1 or more", batch);
  check_resident(model, data, "parameter_gradients");
  const auto rows = static_cast<int>(std::min<std::int64_t>(batch, data.count()));
  model.check_batch(rows);
  const BackendScope scope(model.backend());
  const Restored restored(model);
  model.train(true);
  BatchSource source(model.backend(), data);
  const Batch samples = source.gather(rows);
  model.parameters().zero_grad();
  loss_of(loss, model.forward(samples.x()), samples, data).backward();
  model.parameters().settle_grads();
  std::vector<NamedValues> gradients;
  for (std::size_t i = 0; i < model.parameters().entries().size(); ++i) {
    const optim::ParameterInfo& entry = model.parameters().entries()[i];
    gradients.push_back(
        {entry.name, entry.shape, model.parameters().tensor(i).grad().to_vector<float>()});
  }
  return gradients;
}

}  // namespace hone::nn::train
