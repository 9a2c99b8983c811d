// The growing stack of Workspace.
#include "kernels/workspace.h"

#include <algorithm>

namespace hone {

void* Workspace::take(std::size_t bytes) {
  const std::size_t size = (bytes + 63) / 64 * 64;
  while (block_ < blocks_.size() && used_ + size > blocks_[block_]->bytes()) {
    ++block_;
    used_ = 0;
  }
  if (block_ == blocks_.size()) {
    blocks_.push_back(pool_->allocate(std::max<std::size_t>(size, std::size_t{1} << 20)));
    used_ = 0;
  }
  void* data = static_cast<char*>(blocks_[block_]->data()) + used_;
  used_ += size;
  return data;
}

void Workspace::merge() {
  if (blocks_.size() < 2) return;
  std::size_t total = 0;
  for (const auto& block : blocks_) total += block->bytes();
  blocks_.clear();
  block_ = used_ = 0;
  blocks_.push_back(pool_->allocate(total));
}

Workspace::Scope::Scope(Workspace& workspace) : workspace_(workspace) {
  // Here and not at the end of the scope before: no destructor may fail to get memory.
  if (workspace_.depth_ == 0) workspace_.merge();
  block_ = workspace_.block_;
  used_ = workspace_.used_;
  ++workspace_.depth_;
}

Workspace::Scope::~Scope() {
  workspace_.block_ = block_;
  workspace_.used_ = used_;
  --workspace_.depth_;
}

}  // namespace hone
