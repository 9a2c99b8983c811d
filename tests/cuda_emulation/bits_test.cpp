// The CUDA backend over the emulation against the cpu backend, bit for bit: all but products and
// convolutions has the cpu's order of arithmetic.
#include <doctest/doctest.h>

#include <cstring>

#include "tests/cuda_emulation/emulated.h"
#include "tests/kernels/verb_cases.h"
#include "tests/ops/op_modes.h"
#include "tests/tensor/small_training.h"

using namespace hone;

namespace {

// Everything that a case gives: output and gradients, set and added to earlier ones.
std::vector<std::vector<double>> results_of(const op_cases::OpCase& one,
                                            const std::string& device) {
  const Bound bound(device);
  std::vector<std::vector<double>> results;
  const op_cases::Inputs inputs = one.build(3, DType::f32);
  for (int pass = 0; pass < 2; ++pass) {  // the second adds to the gradients of the first
    const Tensor y = one.call(inputs);
    results.push_back(y.to_vector<double>());
    if (!one.differentiable()) return results;
    const std::vector<double> cotangent = op_cases::draw(op_cases::Fill::uniform, y.shape(), 0, 17);
    op_cases::seeded(y, op_cases::upload(cotangent, y.shape(), DType::f32)).backward();
  }
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (one.inputs[i].floating() && one.inputs[i].gradient)
      results.push_back(inputs[i].grad().to_vector<double>());
  return results;
}

bool same_bits_of(const std::vector<std::vector<double>>& a,
                  const std::vector<std::vector<double>>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i].size() != b[i].size() ||
        std::memcmp(a[i].data(), b[i].data(), a[i].size() * sizeof(double)) != 0)
      return false;
  return true;
}

bool is_product(const std::string& op) {
  return op == "matmul" || op == "linear" || op.starts_with("conv2d");
}

}  // namespace

TEST_CASE("every op but products and convolutions has the bits of cpu") {
  const test::EmulatedDevice emulated;
  int compared = 0;
  for (const op_cases::OpCase& one : op_cases::all_cases()) {
    if (one.perf || is_product(one.op)) continue;
    ++compared;
    CHECK_MESSAGE(same_bits_of(results_of(one, "emulated"), results_of(one, "cpu")), one.name());
  }
  CHECK(compared > 100);
}

TEST_CASE("the verbs that no op reaches have the bits of cpu") {
  const test::EmulatedDevice emulated;
  const auto backend = open_device("emulated")->new_backend();
  const auto cpu = open_device("cpu")->new_backend();
  for (const test::VerbCase& each : test::verb_cases())
    CHECK_MESSAGE(test::same_bits(each.run(*backend), each.run(*cpu)), each.name);
}

TEST_CASE("a host that reads device data while a step is recorded is refused") {
  const test::EmulatedDevice emulated;
  const Bound bound("emulated");
  const Tensor x = Tensor::zeros({3});
  bound.backend->begin_recording();
  CHECK(message_of([&] { x.to_vector(); }).find("recorded") != std::string::npos);
  bound.backend->run(verb::Fill{.y = x.view(), .value = 2});
  bound.backend->end_recording()->replay();
  CHECK(x.to_vector() == std::vector<float>{2, 2, 2});
}
