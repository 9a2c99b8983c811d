// Ops of one's own: made of others, and with a gradient written down.
#include <hone.h>

#include <fmt/core.h>
#include <cmath>

using namespace hone;

// The mean of log(cosh(a - b)): a square for small differences, an absolute value for large ones.
static Tensor log_cosh(const Tensor& a, const Tensor& b) {
  const Tensor d = a - b;
  // log(cosh d) = d + softplus(-2 d) - log 2, which does not overflow.
  return ops::mean(d + ops::softplus(-2 * d) - std::log(2.0));
}

// y = x / (1 + |x|). dy/dx = 1 / (1 + |x|)^2.
static Tensor softsign(const Tensor& x) {
  Tensor y, scale;
  {
    const NoGrad no_grad;  // the ops inside leave nothing on the tape
    scale = 1 / (1 + ops::abs(x));
    y = x * scale;
  }
  record("softsign", y, {x},
         [scale](const Tensor& dy, InputGrads& grads) { grads.give(0, dy * ops::square(scale)); });
  return y;
}

// A loss is a struct; this one uses the op above.
struct LogCosh {
  std::string target = "target";
  Tensor operator()(const Tensor& output, const nn::train::Batch& batch) const {
    return log_cosh(output, batch[target]);
  }
  std::string text() const { return "log_cosh"; }
};

int main() {
  {
    const auto device = open_device("ref");  // gradients are checked in 64 bits
    const auto backend = device->new_backend();
    const BackendScope scope(*backend);
    const Tensor x = Tensor::from(std::vector<double>{-2, -0.5, 0.3, 4}, {4});
    const auto result =
        gradcheck([](const std::vector<Tensor>& in) { return softsign(in[0]); }, {x});
    fmt::print("softsign: {}\n", result ? "right" : "wrong at " + result.where);

    const auto wrong = [](const std::vector<Tensor>& in) {
      Tensor y = ops::square(in[0].detach());
      record("wrong", y, {in[0]}, [x = in[0].detach()](const Tensor& dy, InputGrads& grads) {
        grads.give(0, dy * x);  // the factor 2 is missing
      });
      return y;
    };
    fmt::print("{}\n", gradcheck(wrong, {x}).where);
  }

  const auto device = open_device("cpu");
  const auto backend = device->new_backend();
  const BackendScope scope(*backend);
  const Tensor x = 4 * Tensor::randn({256, 1}, 1);
  const nn::data::Dataset data({.samples = x, .columns = {{"target", softsign(x)}}});
  nn::train::Trainer trainer({.network = {nn::Linear{.out = 16}, nn::Tanh{}, nn::Linear{.out = 1}},
                              .optimizer = optim::Adam{.lr = 0.02f},
                              .loss = LogCosh{},
                              .metrics = {nn::train::MeanAbsoluteError{}},
                              .epochs = 40,
                              .seed = 2},
                             data.shape(), device->new_backend());
  trainer.fit(data);
  const nn::train::Evaluation result = trainer.evaluate(data);
  fmt::print("loss {:.6f}  mean distance {:.3f}\n", result.loss, result.metrics[0].second);
}
