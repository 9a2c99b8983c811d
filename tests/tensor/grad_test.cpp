// Several backwards on one tape, gradients of chosen tensors, and what an op's backward is told.
#include <vector>

#include "tests/tensor/test_backends.h"

using namespace hone;

namespace {

using Floats = std::vector<float>;

Tensor leaf(const Floats& values) {
  Tensor x = Tensor::from(values, {static_cast<std::int64_t>(values.size())});
  return x.set_requires_grad();
}

// y = x, and counts the backwards that run.
Tensor counted(const Tensor& x, int& runs) {
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  current_backend().run(verb::Copy{.y = y.view(), .x = x.cview()});
  record("counted", y, {x}, [&runs](const Tensor& dy, InputGrads& grads) {
    ++runs;
    const GradTarget dx = grads.target(0);
    current_backend().run(verb::Copy{.y = dx.view, .x = dy.cview(), .write = dx.write});
  });
  return y;
}

}  // namespace

TEST_CASE("a retained tape serves several backwards, of one loss or of several") {
  for (const std::string& name : device_names()) {
    const Bound bound(name);
    const Tensor x = leaf({1, 2, 3}), w = leaf({4, 5, 6});
    const Tensor product = ops::tanh(x) * w;
    const Tensor first = ops::sum(product), second = ops::mean(ops::square(product));
    first.backward({.retain = true});
    const Floats once = w.grad().to_vector();
    first.backward({.retain = true});
    for (std::size_t i = 0; i < 3; ++i) CHECK(w.grad().to_vector()[i] == 2 * once[i]);

    w.zero_grad();
    x.zero_grad();
    second.backward();
    const Floats of_second = w.grad().to_vector();
    CHECK(tape_size() == 0);
    check_refused([&] { first.backward(); }, {"backward", "not on this thread's tape", "retain"});

    w.zero_grad();
    const Tensor again = ops::mean(ops::square(ops::tanh(x) * w));
    again.backward();
    CHECK(w.grad().to_vector() == of_second);
  }
}

TEST_CASE("grad gives the gradients that are asked for and leaves all others as they are") {
  for (const std::string& name : device_names()) {
    const Bound bound(name);
    const Tensor x = leaf({1, 2}), w = leaf({3, 4}), unused = leaf({5, 6});
    ops::sum(x * w).backward();  // something that must stay
    const Tensor h = ops::square(x), loss = ops::sum(h * w + x);
    const std::vector<Tensor> all = grad(loss, {w, x, h, loss, unused, w}, {.retain = true});
    CHECK(all[0].to_vector() == Floats{1, 4});
    CHECK(all[1].to_vector() == Floats{7, 17});  // 2 x w + 1
    CHECK(all[2].to_vector() == Floats{3, 4});
    CHECK(all[3].item() == 1);
    CHECK(all[4].to_vector() == Floats{0, 0});
    CHECK(all[5].to_vector() == Floats{1, 4});
    CHECK(x.grad().to_vector() == Floats{3, 4});
    CHECK(w.grad().to_vector() == Floats{1, 2});
    CHECK_FALSE(unused.grad().defined());
    CHECK_FALSE(h.grad().defined());

    const std::vector<Tensor> one = grad(loss, {h});
    CHECK(one[0].to_vector() == Floats{3, 4});
    CHECK(tape_size() == 0);
    check_refused([&] { grad(loss, {h}); }, {"grad", "not on this thread's tape"});
  }
}

TEST_CASE("grad does not write into the storage of a gradient") {
  const Bound bound("ref");
  const Tensor storage = Tensor::full({2}, 9), w = leaf({3, 4});
  w.set_grad_storage(storage);
  const Tensor loss = ops::sum(ops::square(w));
  CHECK(grad(loss, {w}, {.retain = true})[0].to_vector() == Floats{6, 8});
  CHECK(storage.to_vector() == Floats{9, 9});
  loss.backward();
  CHECK(storage.to_vector() == Floats{6, 8});
}

TEST_CASE("grad computes only what leads to the tensors that are asked for") {
  const Bound bound("ref");
  const Tensor x = leaf({1, 2}), w = leaf({3, 4});
  int runs_x = 0, runs_w = 0, runs_both = 0;
  const Tensor loss = ops::sum(counted(counted(x, runs_x) * counted(w, runs_w), runs_both));
  grad(loss, {w}, {.retain = true});
  CHECK(runs_x == 0);
  CHECK(runs_w == 1);
  CHECK(runs_both == 1);
  grad(loss, {x});
  CHECK(runs_x == 1);
  CHECK(runs_w == 1);
}

TEST_CASE("the gradient of a tensor in the middle is not changed by what it is handed on to") {
  const Bound bound("ref");
  const Tensor x = leaf({1, 2});
  const Tensor middle = ops::reshape(x, {1, 2});  // its gradient is handed on without a copy
  const Tensor loss = ops::sum(middle + ops::reshape(x, {1, 2}));
  const std::vector<Tensor> both = grad(loss, {middle, x});
  CHECK(both[0].to_vector() == Floats{1, 1});
  CHECK(both[1].to_vector() == Floats{2, 2});
}

TEST_CASE("grad refuses what has no gradient, and leaves the tape") {
  const Bound bound("ref");
  const Tensor x = leaf({1, 2}), plain = Tensor::zeros({2});
  const Tensor loss = ops::sum(x * plain);
  check_refused([&] { grad(loss, {x, plain}); }, {"grad", "input 1", "set_requires_grad"});
  check_refused([&] { grad(loss, {Tensor()}); }, {"grad", "input 0"});
  check_refused([&] { grad(x, {x}); }, {"grad", "[2]", "one element"});
  check_refused([&] { grad(ops::sum(plain), {x}); }, {"grad", "does not depend"});
  CHECK(grad(loss, {x})[0].to_vector() == Floats{0, 0});
}

TEST_CASE("an exception on a retained tape leaves it usable") {
  const Bound bound("ref");
  const Tensor x = leaf({1, 2});
  bool fails = true;
  Tensor y = Tensor::zeros({2});
  record("sometimes", y, {x}, [&](const Tensor& dy, InputGrads& grads) {
    check(!fails, "sometimes: on purpose");
    grads.give(0, dy);
  });
  const Tensor loss = ops::sum(ops::scale(y, 2));
  check_refused([&] { loss.backward({.retain = true}); }, {"on purpose"});
  check_refused([&] { grad(loss, {x}, {.retain = true}); }, {"on purpose"});
  CHECK_FALSE(y.grad().defined());
  fails = false;
  loss.backward();
  CHECK(x.grad().to_vector() == Floats{2, 2});
}

TEST_CASE("a backward that hands over a wrong gradient, or one that nobody wants, is told") {
  const Bound bound("ref");
  const Tensor x = leaf({1, 2}), plain = Tensor::zeros({2});
  const auto with = [&](Backward backward) {
    Tensor y = Tensor::zeros({2});
    record("mine", y, {x, plain}, std::move(backward));
    return ops::sum(y);
  };
  check_refused(
      [&] {
        with([](const Tensor&, InputGrads& grads) {
          grads.give(0, Tensor::zeros({3}));
        }).backward();
      },
      {"mine", "input 0", "[3]", "[2]"});
  check_refused(
      [&] {
        with([](const Tensor&, InputGrads& grads) {
          grads.give(0, Tensor::zeros({2}, DType::f64));
        }).backward();
      },
      {"mine", "f64", "f32"});
  check_refused([&] { with([](const Tensor&, InputGrads& grads) { grads.target(1); }).backward(); },
                {"mine", "input 1", "not wanted"});
  with([](const Tensor& dy, InputGrads& grads) {
    CHECK(grads.wanted(0));
    CHECK_FALSE(grads.wanted(1));
    CHECK(grads.shape(1) == Shape{2});
    CHECK(grads.dtype(1) == DType::f32);
    grads.give(0, dy);
    grads.give(1, Tensor::zeros({2}));  // not wanted: nothing happens
  }).backward();
  CHECK_FALSE(plain.grad().defined());
}

TEST_CASE("a loss on another device than the bound backend's is refused") {
  const Bound ref("ref");
  const Tensor loss = ops::sum(leaf({1, 2}));
  const Bound cpu("cpu");
  check_refused([&] { loss.backward(); }, {"backward", "device ref", "cpu"});
}
