// The thread that reads ahead.
#include "nn/train/shard_stream.h"

namespace hone::nn::train {

void ShardStream::begin(std::vector<std::int64_t> shards) {
  stop();
  stop_ = false;
  error_ = nullptr;
  ready_.reset();
  thread_ = std::thread([this, list = std::move(shards)] { run(list); });
}

std::vector<io::TensorData> ShardStream::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ready_ || error_; });
  if (!ready_) std::rethrow_exception(error_);
  std::vector<io::TensorData> shard = std::move(*ready_);
  ready_.reset();
  changed_.notify_all();
  return shard;
}

void ShardStream::run(const std::vector<std::int64_t>& shards) {
  try {
    for (const std::int64_t shard : shards) {
      std::vector<io::TensorData> arrays = folder_->read(shard);
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stop_ || !ready_; });
      if (stop_) return;
      ready_ = std::move(arrays);
      changed_.notify_all();
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    error_ = std::current_exception();
    changed_.notify_all();
  }
}

void ShardStream::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace hone::nn::train
