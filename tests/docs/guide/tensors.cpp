// Tensors, and the gradients of what is computed from them.
#include <hone.h>

#include <fmt/core.h>
#include <fstream>

using namespace hone;

// What a tensor is and what can be done with it.
static void compute() {
  const Tensor a = Tensor::from({1, 2, 3, 4, 5, 6}, {2, 3});
  fmt::print("{}\nshape {}, type {}\n", a, a.shape().str(), name_of(a.dtype()));

  fmt::print("{}\n", 2 * a + Tensor::from({10, 20, 30}));
  fmt::print("{}\n", ops::sum(a, {1}));
  fmt::print("{}\n", ops::matmul(a, ops::transpose(a)));
  fmt::print("{}\n", ops::where(ops::greater(a, Tensor::full({1}, 2)), a, 0 * a));

  const Tensor row = a[1];  // shares a's memory
  const std::vector<float> numbers = row.to_vector();
  fmt::print("{} {}\n", row, numbers[2]);
}

// A derivative, by hand and by hone.
static void differentiate() {
  const Tensor x = Tensor::from({1, 2, 3, 4, 5, 6, 7, 8}, {4, 2});
  const Tensor y = Tensor::from({0, 1, 2, 3}, {4, 1});
  Tensor w = Tensor::from({1, -1}, {2, 1});
  w.set_requires_grad();

  const Tensor loss = ops::mse(ops::matmul(x, w), y);  // mean((x w - y)^2)
  loss.backward();
  fmt::print("loss {}\ngradient\n{}\n", loss.item(), w.grad());

  for (int step = 0; step < 200; ++step) {
    ops::mse(ops::matmul(x, w), y).backward();
    w = (w - 0.01 * w.grad()).detach().set_requires_grad();
  }
  fmt::print("after 200 steps\n{}\n", w);
}

// What the loss was computed from.
static void look() {
  const Tensor x = Tensor::from({1, 2, 3, 4, 5, 6, 7, 8}, {4, 2});
  const Tensor y = Tensor::from({0, 1, 2, 3}, {4, 1});
  const Tensor w = Tensor::from({1, -1}, {2, 1}).set_requires_grad();

  const KeepValues keep;
  const Tensor loss = ops::mean(ops::square(ops::matmul(x, w) - y));
  const TapeOptions names{.names = {{"x", x}, {"y", y}, {"w", w}}};
  fmt::print("{}", tape_text(loss, names));
  std::ofstream("tape.svg") << tape_svg(loss, names);
}

// Gradients are checked in 64 bits, which the reference device computes.
static void check_gradient() {
  const auto device = open_device("ref");
  const auto backend = device->new_backend();
  const BackendScope scope(*backend);
  const Tensor x = Tensor::randn({3, 4}, 7, DType::f64);
  const auto f = [](const std::vector<Tensor>& in) { return ops::tanh(in[0]) * ops::exp(in[0]); };
  fmt::print("the gradient is {}\n", gradcheck(f, {x}) ? "right" : "wrong");
}

int main() {
  const auto device = open_device("cpu");
  const auto backend = device->new_backend();
  const BackendScope scope(*backend);  // until the end of main, ops run on this backend
  compute();
  differentiate();
  {
    const NoGrad no_grad;  // nothing inside is recorded
    const Tensor w = Tensor::from({1, 2}).set_requires_grad();
    fmt::print("depends on w: {}\n", (2 * w).requires_grad());
  }
  look();
  check_gradient();
  try {
    ops::matmul(Tensor::zeros({2, 3}), Tensor::zeros({2, 3}));
  } catch (const Error& error) {
    fmt::print("{}\n", error.what());
  }
}
