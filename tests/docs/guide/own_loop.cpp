// A training loop written out: points inside and outside of a circle.
#include <hone.h>

#include <fmt/core.h>

using namespace hone;

constexpr std::int64_t kPoints = 512, kBatch = 64;

// The share of points that are classified rightly.
static double accuracy(nn::Model& model, const Tensor& x, const Tensor& labels) {
  const NoGrad no_grad;
  const Tensor right = ops::equal(ops::argmax(model.forward(x)), labels);  // u8: 1 or 0
  return ops::mean(ops::cast(right, DType::f32)).item();
}

int main() {
  const auto device = open_device("cpu");
  nn::Model model({nn::Linear{.out = 16}, nn::ReLU{}, nn::Dropout{.p = 0.1f}, nn::Linear{.out = 2}},
                  {2}, device->new_backend(), 5);
  const BackendScope scope(model.backend());

  const Tensor x = 2 * Tensor::rand({kPoints, 2}, 1) - 1;  // between -1 and 1
  const Tensor radius = ops::sum(ops::square(x), {1});
  const Tensor labels = ops::cast(ops::less(radius, Tensor::full({1}, 0.6)), DType::i32);

  const auto adam = optim::make_optimizer(optim::Adam{.lr = 0.01f}, model.parameters());
  for (int epoch = 0; epoch < 40; ++epoch) {
    model.train(true);  // dropout is on
    const std::vector<std::int32_t> order = nn::data::epoch_order(5, epoch, kPoints);
    double sum = 0;
    for (std::int64_t first = 0; first < kPoints; first += kBatch) {
      const Tensor rows =
          Tensor::from(std::span(order).subspan(static_cast<std::size_t>(first), kBatch), {kBatch});
      const Tensor output = model.forward(ops::take(x, rows));
      const Tensor loss = ops::softmax_cross_entropy(output, ops::take(labels, rows));
      loss.backward();
      adam->step();        // uses the gradients and forgets them
      model.count_step();  // the next step drops other values
      sum += loss.item();
    }
    model.train(false);
    if (epoch % 10 == 9)
      fmt::print("epoch {}  loss {:.3f}  accuracy {:.3f}\n", epoch + 1, sum * kBatch / kPoints,
                 accuracy(model, x, labels));
  }

  // The same step, recorded once and replayed.
  const Tensor rows = Tensor::empty({kBatch}, DType::i32);
  StepGraph step(model.backend(), [&] {
    const Tensor output = model.forward(ops::take(x, rows));
    const Tensor loss = ops::softmax_cross_entropy(output, ops::take(labels, rows));
    loss.backward();
    adam->step();
    model.count_step();
  });
  model.train(true);
  for (int epoch = 40; epoch < 60; ++epoch) {
    const std::vector<std::int32_t> order = nn::data::epoch_order(5, epoch, kPoints);
    for (std::int64_t first = 0; first < kPoints; first += kBatch) {
      rows.assign(std::span(order).subspan(static_cast<std::size_t>(first), kBatch));
      step.run();
    }
  }
  model.train(false);
  fmt::print("a recorded step has {} verbs; accuracy {:.3f}\n", step.verbs(),
             accuracy(model, x, labels));
}
