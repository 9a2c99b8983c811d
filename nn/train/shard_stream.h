// Shards of a data set, read ahead on a thread. Internal to nn/train.
#pragma once

#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "nn/data/shards.h"

namespace hone::nn::train {

// Holds one shard that was read and one that is being read.
class ShardStream {
 public:
  explicit ShardStream(std::shared_ptr<const data::ShardFolder> folder)
      : folder_(std::move(folder)) {}
  ShardStream(const ShardStream&) = delete;
  ShardStream& operator=(const ShardStream&) = delete;
  // Waits for the shard that is being read, no longer.
  ~ShardStream() { stop(); }

  // From here on next() gives these, in this order.
  void begin(std::vector<std::int64_t> shards);
  // The arrays of the next one, as ShardFolder::read gives them. Throws what reading it threw.
  std::vector<io::TensorData> next();

 private:
  void run(const std::vector<std::int64_t>& shards);
  void stop();

  std::shared_ptr<const data::ShardFolder> folder_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::vector<io::TensorData>> ready_;
  std::exception_ptr error_;
  bool stop_ = false;
};

}  // namespace hone::nn::train
