// The device "tally": host memory, and the verbs of ref, counted. docs/add-a-backend.md walks
// through this file; it is built outside of hone's tree, against an installed package.
#include <hone.h>
#include <kernels/plugin.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <map>
#include <new>

namespace {

// Where a pool gets its blocks.
class TallyMemory : public hone::RawMemory {
 public:
  void* allocate(std::size_t bytes) override {
    void* data = ::operator new (bytes, std::align_val_t{64}, std::nothrow);
    if (data == nullptr)
      throw hone::OutOfMemory(fmt::format("tally: {} bytes could not be allocated", bytes));
    return data;
  }
  void release(void* data) noexcept override { ::operator delete (data, std::align_val_t{64}); }
  void poison(void* data, std::size_t bytes, hone::MemoryContext) noexcept override {
    std::memset(data, 0xff, bytes);
  }
  void settle() noexcept override {}  // it is never behind
};

// How often each verb ran, said when the backend goes.
class TallyBackend : public hone::Implements<TallyBackend> {
 public:
  TallyBackend(const std::shared_ptr<hone::Device>& device, const hone::BackendOptions& options)
      : Implements(device, options), ref_(hone::open_device("ref")->new_backend()) {}
  ~TallyBackend() override {
    if (std::getenv("TALLY") == nullptr) return;
    for (const auto& [verb, count] : counts_) std::printf("tally: %s %d\n", verb.c_str(), count);
  }

  // A backend of its own writes one function a verb instead:
  //   template <>
  //   void TallyBackend::implement(const hone::verb::Softmax& verb) { ... }
  template <class V>
  void implement(const V& verb) {
    ++counts_[V::kName];
    ref_->run(verb);
  }

 private:
  std::unique_ptr<hone::Backend> ref_;
  std::map<std::string, int> counts_;
};

class TallyDevice : public hone::Device {
 public:
  TallyDevice() : Device(std::make_shared<TallyMemory>()) {}

  std::string name() const override { return "tally"; }
  std::string description() const override { return "tally, ref with a count"; }
  std::string fingerprint() const override { return fmt::format("hone {}, tally", hone::kVersion); }
  bool supports_f64() const override { return true; }
  std::unique_ptr<hone::Backend> new_backend(const hone::BackendOptions& options) override {
    return std::make_unique<TallyBackend>(shared_from_this(), options);
  }

 protected:
  void do_upload(void* to, const void* host, std::size_t bytes) override {
    if (bytes > 0) std::memcpy(to, host, bytes);
  }
  void do_download(void* host, const void* from, std::size_t bytes) override {
    if (bytes > 0) std::memcpy(host, from, bytes);
  }
};

bool available(int number, std::string& why) {
  if (number > 0) why = "there is one tally device, 0";
  return number == 0;
}

}  // namespace

extern "C" const hone::DevicePlugin* hone_device_plugin() {
  static const hone::DevicePlugin plugin{
      .name = "tally", .available = available, .make = [](int) -> std::shared_ptr<hone::Device> {
        return std::make_shared<TallyDevice>();
      }};
  return &plugin;
}
