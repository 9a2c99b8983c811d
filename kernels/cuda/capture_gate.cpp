// The gate before a captured device.
#include "kernels/cuda/capture_gate.h"

namespace hone::kernels {
namespace {

// How often the calling thread has entered a gate, and whether it captures. A thread is in the gate
// of one device at a time: a verb touches one.
thread_local int entered = 0;
thread_local bool captures = false;

}  // namespace

void CaptureGate::enter() {
  if (entered++ > 0 || captures) return;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !captured_ && waiting_ == 0; });
  ++inside_;
}

void CaptureGate::leave() {
  if (--entered > 0 || captures) return;
  const std::lock_guard lock(mutex_);
  if (--inside_ == 0) changed_.notify_all();
}

void CaptureGate::begin_capture() {
  std::unique_lock lock(mutex_);
  ++waiting_;
  changed_.wait(lock, [this] { return !captured_ && inside_ == 0; });
  --waiting_;
  captured_ = captures = true;
}

void CaptureGate::end_capture() {
  const std::lock_guard lock(mutex_);
  captured_ = captures = false;
  changed_.notify_all();
}

bool CaptureGate::capturing() const { return captures; }

}  // namespace hone::kernels
