// Where a loss went bad: the epoch is repeated, eagerly and with every layer watched, up to the
// step whose loss was not finite.
#include <cmath>

#include "nn/train/fit_loop.h"

namespace hone::nn::train {
namespace {

bool all_finite(const Tensor& tensor) {
  for (const float value : tensor.to_vector())
    if (!std::isfinite(value)) return false;
  return true;
}

// Why a loss of finite outputs is not.
std::string far_apart(OutputKind output) {
  return output == OutputKind::class_logits
             ? "the logits are too far apart"
             : "outputs and targets are too far apart, or a target is not finite";
}

// The name of the first layer whose output is not finite.
class Watch {
 public:
  explicit Watch(Model& model) : model_(model) {
    model.set_observer([this](const std::string& layer, const Tensor& output) {
      if (found_.empty() && !all_finite(output)) found_ = layer;
    });
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() { model_.set_observer({}); }
  const std::string& found() const { return found_; }

 private:
  Model& model_;
  std::string found_;
};

}  // namespace

std::int64_t FitLoop::steps_taken() const {
  return static_cast<std::int64_t>(model_.step_counter().item());
}

std::string FitLoop::bad_parameter() const {
  const optim::FlatParameters& parameters = model_.parameters();
  for (std::size_t i = 0; i < parameters.entries().size(); ++i)
    if (!all_finite(parameters.tensor(i))) return parameters.entries()[i].name;
  for (std::size_t i = 0; i < parameters.buffers().size(); ++i)
    if (!all_finite(parameters.buffer(i))) return parameters.buffers()[i].name;
  return "";
}

void FitLoop::report_bad_step(std::int64_t bad_step) {
  upload_state(trained(), snapshot_.tensors, "fit");
  training_.begin(order_, snapshot_.batch, snapshot_.sums, epoch() - 1,
                  epoch_number_of(snapshot_.batch));
  std::int64_t batch = snapshot_.batch;
  const std::int64_t begin = steps_taken() - training_.parts_before(batch);
  while (begin + training_.parts_before(batch + 1) < bad_step) {
    training_.step_eagerly();
    ++batch;
  }
  std::string layer, what;
  std::optional<Watch> watch;
  const double loss = training_.forward_until(bad_step, [&] { watch.emplace(model_); });
  layer = watch->found();
  watch.reset();
  const std::string parameter = bad_parameter();
  if (!layer.empty()) {
    what = fmt::format("first in the output of {}", layer);
    if (!parameter.empty())
      what += fmt::format(", after step {} made {} not finite", bad_step - 1, parameter);
  } else if (!parameter.empty()) {
    layer = parameter;
    what = fmt::format("first in {}, after step {}", parameter, bad_step - 1);
  } else {
    what = std::isfinite(loss) ? "and finite when the epoch was repeated"
                               : "though every output is: " + far_apart(spec_.loss.output());
  }
  const float rate = learning_rate();
  throw NonFiniteLoss(
      fmt::format(
          "loss is not finite at epoch {}, step {}: {}; the learning rate {} may be too high",
          epoch(), bad_step, what, rate),
      epoch(), bad_step, layer);
}

void FitLoop::check_weights() {
  if (all_finite(model_.parameters().state())) return;
  const std::string parameter = bad_parameter();
  const std::int64_t step = steps_taken();
  throw NonFiniteLoss(
      fmt::format(
          "{} is not finite at epoch {}, after its last step {}; the learning rate {} may be "
          "too high",
          parameter, epoch(), step, learning_rate()),
      epoch(), step, parameter);
}

}  // namespace hone::nn::train
