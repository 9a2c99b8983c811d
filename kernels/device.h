// A Device owns memory and knows what it can do; a Backend (backend.h) computes on it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/pool.h"
#include "kernels/view.h"

namespace hone {

class Backend;

// How products and convolutions of f32 tensors are computed. fp32: in f32, never in less. tf32,
// bf16: the factors are rounded to TF32 or bf16, the sums are f32; on devices that have it.
enum class Math : std::uint8_t { fp32, tf32, bf16 };

constexpr const char* name_of(Math math) {
  return math == Math::fp32 ? "fp32" : math == Math::tf32 ? "tf32" : "bf16";
}
// The inverse; throws Error(usage) with the known names.
Math math_named(const std::string& name);

struct BackendOptions {
  // CPU threads of this execution context; 0 = all the process may use (usable_processors()).
  // Results do not depend on it.
  int threads = 0;
  // Forces one convolution algorithm by name ("im2col"); empty: the environment's HONE_CONV, else
  // the first of the ordered list that accepts the problem. An unknown name is refused with the
  // list of known ones.
  std::string conv2d = "";
  // Refused with the reason where the device does not have it; part of the fingerprint.
  Math math = Math::fp32;
};

// Thread-safe; shared by all tensors and backends on it.
class Device : public std::enable_shared_from_this<Device> {
 public:
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  virtual ~Device() = default;

  // "ref", "cpu", "cuda:1": what open_device takes.
  virtual std::string name() const = 0;
  // One line for logs and reports: processor, instruction set, BLAS kernel family.
  virtual std::string description() const = 0;
  // What must be equal for two runs to have the same bits: library version and instruction set.
  virtual std::string fingerprint() const = 0;
  // f64 tensors are accepted by the verbs (ref only).
  virtual bool supports_f64() const { return false; }

  // An execution context: its own thread budget, workspace and recording. One per trial.
  virtual std::unique_ptr<Backend> new_backend(const BackendOptions& options = {}) = 0;

  // The names that BackendOptions::conv2d accepts, fastest first; empty where there is no choice.
  virtual std::vector<std::string> conv2d_algorithms() const { return {}; }

  // Why this device does not compute in `math`; empty where it does.
  virtual std::string refusal(Math math) const;

  // Bytes between the host and this device's memory (with several models, one after the other), for
  // code that has no backend at hand: waits for all that any backend of the device was given, and
  // is done when it returns.
  void upload(const View& y, const void* host) {
    for_runs(y, [&](std::size_t to, std::size_t from, std::size_t bytes) {
      do_upload(static_cast<char*>(y.data) + to, static_cast<const char*>(host) + from, bytes);
    });
  }
  void download(void* host, const ConstView& x) {
    for_runs(x, [&](std::size_t from, std::size_t to, std::size_t bytes) {
      do_download(static_cast<char*>(host) + to, static_cast<const char*>(x.data) + from, bytes);
    });
  }

  // The shared pool; a recorded step has a private one over the same memory.
  const std::shared_ptr<Pool>& pool() const { return pool_; }
  std::shared_ptr<Pool> new_pool() const;

  // A number for a new backend's memory (see MemoryContext). 0 on a device whose backends are never
  // behind: there, memory that one gives back serves another at once.
  virtual MemoryContext new_context() { return 0; }

 protected:
  friend class Backend;
  virtual void do_upload(void* to, const void* host, std::size_t bytes) = 0;
  virtual void do_download(void* host, const void* from, std::size_t bytes) = 0;

  explicit Device(std::shared_ptr<RawMemory> memory)
      : memory_(std::move(memory)), pool_(std::make_shared<Pool>(memory_)) {}

 private:
  std::shared_ptr<RawMemory> memory_;
  std::shared_ptr<Pool> pool_;
};

// The names that open_device knows in this build, fastest first.
std::vector<std::string> device_names();

// "ref": plain loops, the executable specification. "cpu": threads, OpenBLAS and own kernels.
// "cuda", "cuda:1": a GPU by its number, where hone was built with CUDA. "auto": the fastest that
// is here; `note`, if given, then holds in one line why it is not a faster one, else nothing. Any
// other name is that of a plugin (plugin.h), "null" one that computes nothing. Throws Error(device)
// with the reason and the known names otherwise.
std::shared_ptr<Device> open_device(const std::string& name, std::string* note = nullptr);

}  // namespace hone
