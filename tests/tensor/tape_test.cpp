// The tape: gradients of leaves, accumulation, NoGrad, misuse, memory.
#include <thread>

#include "tests/tensor/test_backends.h"

using namespace hone;

namespace {

using Floats = std::vector<float>;

Tensor leaf(const Floats& values) {
  Tensor x = Tensor::from(values, {static_cast<std::int64_t>(values.size())});
  return x.set_requires_grad();
}

}  // namespace

TEST_CASE("backward gives every leaf its gradient and clears the tape") {
  for (const std::string& name : device_names()) {
    const Bound bound(name);
    const Tensor a = leaf({1, 2, 3}), b = leaf({4, 5, 6});
    const Tensor loss = ops::sum(a * b + a);
    CHECK(tape_size() == 3);
    loss.backward();
    CHECK(tape_size() == 0);
    CHECK(a.grad().to_vector() == Floats{5, 6, 7});
    CHECK(b.grad().to_vector() == Floats{1, 2, 3});
    CHECK_FALSE(loss.grad().defined());  // only leaves keep theirs
  }
}

TEST_CASE("a value that is used several times gathers all its gradients") {
  const Bound bound("ref");
  const Tensor x = leaf({3});
  const Tensor y = x * x;              // x used twice by one op
  ops::sum(y * y + y * x).backward();  // x^4 + x^3
  CHECK(x.grad().to_vector() == Floats{4 * 27 + 3 * 9});
}

TEST_CASE("gradients of two backward calls add up, and zero_grad makes the next one overwrite") {
  const Bound bound("ref");
  const Tensor x = leaf({2, 3});
  ops::sum(ops::square(x)).backward();
  ops::sum(ops::square(x)).backward();
  CHECK(x.grad().to_vector() == Floats{8, 12});
  x.zero_grad();
  CHECK_FALSE(x.grad().defined());
  ops::sum(ops::square(x)).backward();
  CHECK(x.grad().to_vector() == Floats{4, 6});
}

TEST_CASE("a gradient lands in the storage that was set for it") {
  const Bound bound("ref");
  const Tensor flat = Tensor::full({5}, 100);
  const Tensor x = leaf({2, 3});
  x.set_grad_storage(flat.part(1, {2}));
  ops::sum(ops::square(x)).backward();
  CHECK(flat.to_vector() == Floats{100, 4, 6, 100, 100});
  x.zero_grad();
  // reshape hands its gradient on without a copy; with a storage it must copy.
  ops::sum(ops::reshape(x, {2, 1})).backward();
  CHECK(flat.to_vector() == Floats{100, 1, 1, 100, 100});
  CHECK(x.grad().view().data == flat.part(1, {2}).view().data);
}

TEST_CASE("gradients handed on without a copy stay apart") {
  const Bound bound("ref");
  const Tensor x = leaf({1, 2}), y = leaf({3, 4});
  const Tensor a = ops::reshape(x, {2, 1}), b = ops::reshape(y, {2, 1});
  ops::sum(a + b + b).backward();
  ops::sum(ops::reshape(x, {1, 2})).backward();
  CHECK(x.grad().to_vector() == Floats{2, 2});
  CHECK(y.grad().to_vector() == Floats{2, 2});
}

TEST_CASE("a branch that the loss does not depend on costs and changes nothing") {
  const Bound bound("ref");
  const Tensor x = leaf({1, 2}), other = leaf({5, 6});
  const Tensor dead = ops::exp(x * other);
  const Tensor loss = ops::sum(x);
  const Tensor late = dead * other;
  loss.backward();
  CHECK(x.grad().to_vector() == Floats{1, 1});
  CHECK_FALSE(other.grad().defined());
  CHECK(tape_size() == 0);
}

TEST_CASE("nothing is recorded under NoGrad or for inputs without gradients") {
  const Bound bound("ref");
  const Tensor x = leaf({1, 2}), constant = Tensor::zeros({2});
  {
    const NoGrad outer;
    {
      const NoGrad inner;
      CHECK_FALSE(ops::square(x).requires_grad());
    }
    CHECK_FALSE(ops::square(x).requires_grad());
  }
  CHECK_FALSE(ops::square(constant).requires_grad());
  CHECK_FALSE(ops::square(x.detach()).requires_grad());
  CHECK(tape_size() == 0);
  CHECK(ops::square(x).requires_grad());
  CHECK(tape_size() == 1);
  clear_tape();
}

TEST_CASE("backward refuses what has no gradient") {
  const Bound bound("ref");
  const Tensor x = leaf({1, 2});
  check_refused([&] { ops::square(x).backward(); }, {"backward", "[2]", "mean or sum"});
  clear_tape();
  check_refused([&] { ops::sum(x.detach()).backward(); }, {"backward", "set_requires_grad"});
  const Tensor loss = ops::sum(x);
  loss.backward();
  check_refused([&] { loss.backward(); }, {"backward", "not on this thread's tape"});
  const Tensor cleared = ops::sum(x);
  clear_tape();
  check_refused([&] { cleared.backward(); }, {"backward", "clear_tape"});
  CHECK(x.grad().to_vector() == Floats{1, 1});
}

TEST_CASE("a refused backward leaves the tape as it was") {
  const auto device = open_device("ref");
  const auto backend = device->new_backend();
  Tensor x, loss;
  {
    const BackendScope scope(*backend);
    x = leaf({1, 2});
    loss = ops::sum(x);
  }
  check_refused([&] { loss.backward(); }, {"no backend is bound"});
  CHECK(tape_size() == 1);
  const BackendScope scope(*backend);
  loss.backward();
  CHECK(x.grad().to_vector() == Floats{1, 1});
}

TEST_CASE("a leaf of one element may be the loss, again and again") {
  const Bound bound("ref");
  const Tensor x = Tensor::scalar(3).set_requires_grad();
  x.backward();
  x.backward();
  CHECK(x.grad().item() == 2);
}

TEST_CASE("an exception in a backward loses the tape but not the state") {
  const Bound bound("ref");
  const Tensor x = leaf({1, 2});
  Tensor bad = Tensor::empty({2});
  record("bad", bad, {x},
         [](const Tensor&, InputGrads&) { fail(ErrorKind::usage, "bad: on purpose"); });
  check_refused([&] { ops::sum(bad).backward(); }, {"on purpose"});
  CHECK(tape_size() == 0);
  x.zero_grad();
  ops::sum(ops::square(x)).backward();  // gradients are recorded again: NoGrad has ended
  CHECK(x.grad().to_vector() == Floats{2, 4});
}

TEST_CASE("a shared weight with a bias each, and a bias alone, get their gradients") {
  for (const std::string& name : device_names()) {
    const Bound bound(name);
    const Tensor x = Tensor::from(Floats{1, 2, 3, 4}, {2, 2});
    Tensor w = Tensor::from(Floats{1, 0, 0, 1}, {2, 2});
    Tensor b1 = Tensor::zeros({2}), b2 = Tensor::zeros({2});
    for (Tensor* each : {&w, &b1, &b2}) each->set_requires_grad();
    ops::sum(ops::linear(x, w, b1) + ops::linear(x, w, b2)).backward();
    CHECK(w.grad().to_vector() == Floats{8, 8, 12, 12});
    CHECK(b1.grad().to_vector() == Floats{2, 2});
    CHECK(b2.grad().to_vector() == Floats{2, 2});

    b1.zero_grad();
    ops::sum(ops::linear(x, w.detach(), b1)).backward();
    ops::sum(ops::linear(x, w.detach(), b1)).backward();
    CHECK(b1.grad().to_vector() == Floats{4, 4});

    Tensor filter = Tensor::full({1, 1, 1, 1}, 2);
    Tensor c1 = Tensor::zeros({1}), c2 = Tensor::zeros({1});
    for (Tensor* each : {&filter, &c1, &c2}) each->set_requires_grad();
    const Tensor image = ops::reshape(x, {1, 2, 2, 1});
    ops::sum(ops::conv2d(image, filter, c1) + ops::conv2d(image, filter, c2)).backward();
    CHECK(filter.grad().item() == 20);
    CHECK(c1.grad().item() == 4);
    CHECK(c2.grad().item() == 4);
    ops::sum(ops::conv2d(image, filter.detach(), c2)).backward();
    CHECK(c2.grad().item() == 8);
  }
}

TEST_CASE("backward gives the memory of the tape back to the pool as it goes") {
  const Bound bound("ref");
  const auto live = [&] { return bound.device->pool()->stats().live_bytes; };
  const Tensor x = Tensor::full({1000}, 1).set_requires_grad();
  ops::sum(x).backward();  // the gradient exists from here on
  const std::uint64_t before = live();
  {
    Tensor y = x;
    for (int i = 0; i < 20; ++i) y = ops::tanh(y);
    CHECK(live() >= before + 20 * 4000);
    ops::sum(y).backward();
  }
  CHECK(live() == before);
  { Tensor y = ops::exp(ops::tanh(x)); }
  CHECK(live() > before);  // recorded, so kept
  clear_tape();
  CHECK(live() == before);
}

TEST_CASE("after a first step, further steps fetch no memory from the device") {
  for (const std::string& name : device_names()) {
    const Bound bound(name);
    const Tensor x = Tensor::full({64, 10}, 1), labels = Tensor::full({64}, 3, DType::i32);
    Tensor w = Tensor::full({10, 10}, 0.1);
    w.set_requires_grad();
    const auto step = [&] {
      w.zero_grad();
      ops::softmax_cross_entropy(ops::relu(ops::matmul(x, w)), labels).backward();
    };
    step();
    step();
    const std::uint64_t misses = bound.device->pool()->stats().misses;
    for (int i = 0; i < 10; ++i) step();
    CHECK(bound.device->pool()->stats().misses == misses);
  }
}

TEST_CASE("every thread has a tape and a backend of its own") {
  const Bound bound("ref");
  const Tensor x = leaf({1, 2});
  const Tensor y = ops::square(x);
  std::size_t seen = 99;
  std::string message;
  std::thread([&] {
    seen = tape_size();
    message = message_of([] { current_backend(); });
  }).join();
  CHECK(seen == 0);
  CHECK(message.find("no backend") != std::string::npos);
  CHECK(tape_size() == 1);
  clear_tape();
}
