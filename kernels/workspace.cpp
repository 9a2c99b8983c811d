// The growing stack of Workspace.
#include "kernels/workspace.h"

#include <algorithm>

#include "kernels/exact.h"

namespace hone {

std::shared_ptr<Workspace> Workspace::for_recording() const {
  auto workspace = std::make_shared<Workspace>(pool_, context_);
  workspace->keeps_blocks_ = true;
  std::size_t total = 0;
  for (const auto& block : blocks_) total += block->bytes();
  workspace->next_ = std::max(total, next_);
  return workspace;
}

void* Workspace::take(std::size_t bytes) {
  if (exact_memory()) {  // the next block of this size that nothing was taken from
    while (block_ < blocks_.size() && (used_ > 0 || blocks_[block_]->bytes() != bytes)) {
      ++block_;
      used_ = 0;
    }
    if (block_ == blocks_.size()) blocks_.push_back(pool_->allocate(bytes, context_));
    used_ = 1;
    return blocks_[block_]->data();
  }
  const std::size_t size = (bytes + 63) / 64 * 64;
  while (block_ < blocks_.size() && used_ + size > blocks_[block_]->bytes()) {
    ++block_;
    used_ = 0;
  }
  if (block_ == blocks_.size()) {
    blocks_.push_back(pool_->allocate(std::max(size, next_), context_));
    used_ = 0;
  }
  void* data = static_cast<char*>(blocks_[block_]->data()) + used_;
  used_ += size;
  return data;
}

Workspace::Scope::Scope(Workspace& workspace)
    : workspace_(workspace), block_(workspace.block_), used_(workspace.used_) {
  ++workspace_.depth_;
}

Workspace::Scope::~Scope() {
  workspace_.block_ = block_;
  workspace_.used_ = used_;
  if (--workspace_.depth_ > 0 || workspace_.keeps_blocks_ || workspace_.blocks_.size() < 2) return;
  // One block next time: contiguous memory, and no search.
  workspace_.next_ = 0;
  for (const auto& block : workspace_.blocks_) workspace_.next_ += block->bytes();
  workspace_.blocks_.clear();
  workspace_.block_ = workspace_.used_ = 0;
}

}  // namespace hone
