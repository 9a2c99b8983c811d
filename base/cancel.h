// Cooperative cancellation: an application's signal handler sets a flag, long work looks at it.
#pragma once

#include <atomic>

namespace hone {

// A view of a flag that somebody else owns; a default token is never cancelled. Long work checks it
// between batches and trials and returns what it has.
class CancelToken {
 public:
  CancelToken() = default;
  explicit CancelToken(const std::atomic<bool>& flag) : flag_(&flag) {}
  bool cancelled() const { return flag_ != nullptr && flag_->load(std::memory_order_relaxed); }

 private:
  const std::atomic<bool>* flag_ = nullptr;
};

}  // namespace hone
