// Keeps other threads away from a device while a stream of it is captured.
#pragma once

#include <condition_variable>
#include <mutex>

namespace hone::kernels {

// Verbs, allocation, freeing and waiting of any number of threads, or the capture of one: a capture
// begins when the others have left, and they wait until it ends. So no module is loaded and nothing
// is allocated, freed or waited for while a stream is captured.
class CaptureGate {
 public:
  // A thread that is inside, or captures, may enter again.
  void enter();
  void leave();
  void begin_capture();
  void end_capture();
  // Whether the calling thread captures.
  bool capturing() const;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int inside_ = 0;   // threads
  int waiting_ = 0;  // for a capture
  bool captured_ = false;
};

}  // namespace hone::kernels
