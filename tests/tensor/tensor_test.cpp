// Handles: creation, host copies, views and what is refused.
#include <cmath>

#include "tests/tensor/test_backends.h"

using namespace hone;

TEST_CASE("a copied handle shares its memory") {
  const Bound bound("ref");
  const Tensor a = Tensor::from(std::vector<float>{1, 2, 3}, {3});
  const Tensor b = a;  // NOLINT(performance-unnecessary-copy-initialization): it is what is tested
  b.assign(std::vector<float>{4, 5, 6});
  CHECK(a.to_vector() == std::vector<float>{4, 5, 6});
  CHECK(a.view().data == b.view().data);
}

TEST_CASE("values survive the trip to every device and back, in every type") {
  for (const std::string& name : device_names()) {
    const Bound bound(name);
    CHECK(Tensor::from(std::vector<float>{1.5f, -2}, {2, 1}).to_vector() ==
          std::vector<float>{1.5f, -2});
    CHECK(Tensor::from(std::vector<double>{1e-300, 2}, {2}).to_vector<double>() ==
          std::vector<double>{1e-300, 2});
    CHECK(Tensor::from(std::vector<std::uint8_t>{0, 255}, {1, 2}).to_vector<std::uint8_t>() ==
          std::vector<std::uint8_t>{0, 255});
    CHECK(Tensor::from(std::vector<std::int32_t>{-7, 1 << 30}, {2}).to_vector<std::int32_t>() ==
          std::vector<std::int32_t>{-7, 1 << 30});
    // Reading converts.
    CHECK(Tensor::from(std::vector<std::uint8_t>{3}, {1}).to_vector<double>() ==
          std::vector<double>{3});
  }
}

TEST_CASE("full, zeros, scalar and item") {
  for (const std::string& name : device_names()) {
    const Bound bound(name);
    CHECK(Tensor::full({2, 2}, 2.5).to_vector() == std::vector<float>(4, 2.5f));
    CHECK(Tensor::zeros({3}).to_vector() == std::vector<float>(3, 0));
    CHECK(Tensor::full({2}, -3, DType::i32).to_vector<std::int32_t>() ==
          std::vector<std::int32_t>(2, -3));
    CHECK(Tensor::scalar(7).item() == 7);
    CHECK(Tensor::scalar(7).shape() == Shape{});
    CHECK(Tensor::full({1, 1}, 4).item() == 4);
    CHECK(Tensor::zeros({0, 3}).to_vector().empty());
    CHECK(Tensor::full({1}, 255, DType::u8).item() == 255);
    check_refused([&] { Tensor::full({1}, 256, DType::u8); }, {"256", "u8"});
    check_refused([&] { Tensor::full({1}, 2147483648.0, DType::i32); }, {"i32"});
    check_refused([&] { Tensor::full({1}, std::nan(""), DType::i32); }, {"nan", "i32"});
  }
}

TEST_CASE("views share memory and keep to it") {
  const Bound bound("ref");
  const Tensor a = Tensor::from(std::vector<float>{0, 1, 2, 3, 4, 5}, {2, 3});
  CHECK(a.viewed_as({3, 2}).view().data == a.view().data);
  const Tensor row = a.part(3, {3});
  CHECK(row.to_vector() == std::vector<float>{3, 4, 5});
  row.assign(std::vector<float>{7, 8, 9});
  CHECK(a.to_vector() == std::vector<float>{0, 1, 2, 7, 8, 9});
  CHECK(row.part(1, {1}).item() == 8);
  CHECK(a.part(6, {0}).count() == 0);
  check_refused([&] { a.viewed_as({4, 2}); }, {"[2, 3]", "[4, 2]", "6 elements"});
  check_refused([&] { a.part(4, {3}); }, {"part", "3 elements from element 4"});
  check_refused([&] { a.part(-1, {3}); }, {"part"});
}

TEST_CASE("memory outlives the handle it was made with, and goes back to the pool") {
  const Bound bound("ref");
  const std::uint64_t before = bound.device->pool()->stats().live_bytes;
  Tensor row;
  {
    const Tensor whole = Tensor::from(std::vector<float>{1, 2, 3, 4}, {2, 2});
    row = whole.part(2, {2});
  }
  CHECK(row.to_vector() == std::vector<float>{3, 4});
  row = Tensor();
  CHECK(bound.device->pool()->stats().live_bytes == before);
}

TEST_CASE("host copies of the wrong size or type are refused") {
  const Bound bound("ref");
  const Tensor a = Tensor::zeros({2, 3});
  check_refused([&] { a.item(); }, {"item", "[2, 3]"});
  check_refused([&] { Tensor::zeros({0}).item(); }, {"item", "[0]"});
  check_refused([&] { a.assign(std::vector<float>(5)); }, {"assign", "5", "[2, 3]"});
  check_refused([&] { a.assign(std::vector<double>(6)); }, {"assign", "f32", "f64"});
  check_refused([&] { Tensor::from(std::vector<float>(5), {2, 3}); }, {"5 values", "[2, 3]"});
  check_refused([&] { Tensor::empty({1, 1, 1, 1, 1, 1}); }, {"6 extents"});
  check_refused([&] { Tensor::empty({-1}); }, {"-1"});
}

TEST_CASE("an undefined tensor may only be asked whether it is defined") {
  const Tensor none;
  CHECK_FALSE(none.defined());
  check_refused([&] { none.shape(); }, {"undefined"});
  check_refused([&] { none.to_vector(); }, {"undefined"});
  check_refused([&] { none.grad(); }, {"undefined"});
  check_refused([&] { none.backward(); }, {"undefined"});
  check_refused([&] { none.detach(); }, {"undefined"});
  check_refused([&] { Tensor().set_requires_grad(); }, {"undefined"});
}

TEST_CASE("without a bound backend the error says how to bind one") {
  const auto device = open_device("ref");
  const std::vector<float> values{1, 2};
  const Tensor a = Tensor::from(*device, std::span<const float>(values), {2});
  CHECK(a.to_vector() == values);  // host copies need none
  check_refused([&] { ops::add(a, a); }, {"no backend is bound", "BackendScope"});
  check_refused([&] { Tensor::zeros({2}); }, {"no backend is bound"});
  check_refused([&] { Tensor::scalar(1); }, {"no backend is bound"});
  check_refused([&] { current_backend(); }, {"new_backend"});
}

TEST_CASE("scopes nest, and the innermost counts") {
  const auto device = open_device("ref");
  const auto outer = device->new_backend(), inner = device->new_backend();
  const BackendScope a(*outer);
  {
    const BackendScope b(*inner);
    CHECK(&current_backend() == inner.get());
  }
  CHECK(&current_backend() == outer.get());
}

TEST_CASE("gradients belong to floating tensors, and their storage has to fit") {
  const Bound bound("ref");
  check_refused([&] { Tensor::full({2}, 0, DType::i32).set_requires_grad(); }, {"i32"});
  check_refused([&] { Tensor::full({2}, 0, DType::u8).set_requires_grad(); }, {"u8"});
  Tensor a = Tensor::zeros({2, 3});
  check_refused([&] { a.set_grad_storage(Tensor::zeros({3, 2})); }, {"[3, 2]", "[2, 3]"});
  check_refused([&] { a.set_grad_storage(Tensor::zeros({2, 3}, DType::f64)); }, {"f64", "f32"});
  const auto elsewhere = open_device("ref");
  check_refused([&] { a.set_grad_storage(Tensor::empty(*elsewhere, {2, 3})); }, {"device"});
}
