// Timing of one case on one backend.
#include "tests/ops/op_perf.h"

#include "tests/ops/op_modes.h"

namespace hone::op_cases {
namespace {

double now(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double bytes_of(const Tensor& tensor) { return static_cast<double>(tensor.cview().bytes()); }

}  // namespace

PerfRun::PerfRun(const OpCase& one, Backend& backend) : one_(one), backend_(backend) {
  const BackendScope scope(backend_);
  inputs_ = one.build(1, DType::f32);
  const Tensor y = [&] {
    const NoGrad no_grad;
    return one.call(inputs_);
  }();
  cotangent_ = upload(draw(Fill::uniform, y.shape(), 0, 1), y.shape(), DType::f32);
  forward_bytes_ = bytes_of(y);
  backward_bytes_ = bytes_of(y);  // its gradient
  for (const Tensor& input : inputs_) {
    forward_bytes_ += bytes_of(input);
    backward_bytes_ += bytes_of(input) * (input.requires_grad() ? 2 : 1);
  }
  if (one.differentiable()) backward(CLOCK_MONOTONIC, 1);
}

double PerfRun::forward(clockid_t clock, int count) const {
  const BackendScope scope(backend_);
  const NoGrad no_grad;
  backend_.synchronize();
  const double start = now(clock);
  for (int i = 0; i < count; ++i) one_.call(inputs_);
  backend_.synchronize();
  return (now(clock) - start) / count;
}

double PerfRun::backward(clockid_t clock, int count) const {
  const BackendScope scope(backend_);
  double total = 0;
  for (int i = 0; i < count; ++i) {
    for (const Tensor& input : inputs_) input.zero_grad();
    const Tensor loss = seeded(one_.call(inputs_), cotangent_);
    backend_.synchronize();
    const double start = now(clock);
    loss.backward();
    backend_.synchronize();
    total += now(clock) - start;
  }
  return total / count;
}

}  // namespace hone::op_cases
