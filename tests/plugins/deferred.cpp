// The device "deferred": what an asynchronous device may do, done at its worst. Verbs wait in a
// queue until a download asks for them, uploads are kept as copies until then, memory that is given
// back is scribbled over in its turn, and a recording is run as a whole with the addresses that it
// was recorded with. The verbs are those of ref, so every result must have ref's bits.
#include <atomic>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <new>
#include <utility>

#include "base/version.h"
#include "kernels/plugin.h"
#include "kernels/ref/ref_backend.h"

namespace hone::test {
namespace {

using Work = std::vector<std::function<void()>>;

// The queues of a device's backends, by context. One lock for all: this device is about order, not
// about speed.
class Queues {
 public:
  void push(MemoryContext context, std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    queues_[context].push_back(std::move(work));
  }
  void drain(MemoryContext context) {
    const std::lock_guard lock(mutex_);
    const auto found = queues_.find(context);
    if (found == queues_.end()) return;
    const Work work = std::exchange(found->second, {});
    for (const auto& each : work) each();
  }
  void drain_all() {
    const std::lock_guard lock(mutex_);
    std::vector<MemoryContext> contexts;
    for (const auto& [context, work] : queues_) contexts.push_back(context);
    for (const MemoryContext context : contexts) drain(context);
  }
  // Now, where the backend of the context is gone or never was.
  void push_if_open(MemoryContext context, std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    if (queues_.contains(context)) return push(context, std::move(work));
    work();
  }
  void open(MemoryContext context) {
    const std::lock_guard lock(mutex_);
    queues_[context];
  }
  void close(MemoryContext context) {
    const std::lock_guard lock(mutex_);
    drain(context);
    queues_.erase(context);
  }

 private:
  std::recursive_mutex mutex_;
  std::map<MemoryContext, Work> queues_;
};

class DeferredMemory : public RawMemory {
 public:
  explicit DeferredMemory(std::shared_ptr<Queues> queues) : queues_(std::move(queues)) {}
  void* allocate(std::size_t bytes) override {
    void* data = ::operator new (bytes, std::align_val_t{64}, std::nothrow);
    if (data == nullptr) throw OutOfMemory("memory: there is no more");
    return data;
  }
  void release(void* data) noexcept override {
    queues_->drain_all();
    ::operator delete (data, std::align_val_t{64});
  }
  void poison(void* data, std::size_t bytes, MemoryContext context) noexcept override {
    queues_->push_if_open(context, [=] { std::memset(data, 0xff, bytes); });
  }
  void settle() noexcept override { queues_->drain_all(); }

 private:
  std::shared_ptr<Queues> queues_;
};

class DeferredBackend : public Implements<DeferredBackend> {
 public:
  DeferredBackend(std::shared_ptr<Device> device, const BackendOptions& options,
                  std::shared_ptr<Queues> queues)
      : Implements(device, options),
        queues_(std::move(queues)),
        ref_(std::make_unique<kernels::RefBackend>(device, options)) {
    queues_->open(context());
  }
  ~DeferredBackend() override { queues_->close(context()); }

  template <class V>
  void implement(const V& verb) {
    auto work = [ref = ref_.get(), verb] { ref->run(verb); };
    if (graph_) {
      graph_->work.push_back(std::move(work));
    } else {
      queues_->push(context(), std::move(work));
    }
  }
  void synchronize() override { queues_->drain(context()); }

 protected:
  bool takes_models(std::size_t) const override { return true; }
  void do_upload(void* to, const void* host, std::size_t bytes) override {
    const auto* first = static_cast<const unsigned char*>(host);
    queues_->push(context(), [to, copy = std::vector<unsigned char>(first, first + bytes)] {
      if (!copy.empty()) std::memcpy(to, copy.data(), copy.size());
    });
  }
  void do_download(void* host, const void* from, std::size_t bytes) override {
    queues_->drain(context());
    if (bytes > 0) std::memcpy(host, from, bytes);
  }
  void begin_graph() override { graph_ = std::make_shared<Kept>(); }
  std::unique_ptr<Recording::Graph> end_graph(const std::vector<AnyVerb>&) override {
    auto graph = std::make_unique<Graph>(*this, std::exchange(graph_, nullptr));
    graph->replay(1);
    return graph;
  }

 private:
  struct Kept {
    Work work;
    std::unique_ptr<Recording> recording;  // of ref, with its own scratch memory
  };

  class Graph : public Recording::Graph {
   public:
    Graph(DeferredBackend& backend, std::shared_ptr<Kept> kept)
        : backend_(backend), kept_(std::move(kept)), operations_(kept_->work.size()) {}
    std::size_t operations() const override { return operations_; }
    int at_once() const override { return 3; }
    void replay(int times) override {
      backend_.queues_->push(backend_.context(), [ref = backend_.ref_.get(), kept = kept_, times] {
        if (kept->recording) return kept->recording->replay(times);
        ref->begin_recording();
        for (const auto& each : kept->work) each();
        kept->recording = ref->end_recording();
      });
    }

   private:
    DeferredBackend& backend_;
    std::shared_ptr<Kept> kept_;
    std::size_t operations_;
  };

  std::shared_ptr<Queues> queues_;
  std::unique_ptr<kernels::RefBackend> ref_;
  std::shared_ptr<Kept> graph_;
};

class DeferredDevice : public Device {
 public:
  DeferredDevice() : DeferredDevice(std::make_shared<Queues>()) {}
  std::string name() const override { return "deferred"; }
  std::string description() const override { return "ref, later"; }
  std::string fingerprint() const override { return fmt::format("hone {}, deferred", kVersion); }
  bool supports_f64() const override { return true; }
  std::unique_ptr<Backend> new_backend(const BackendOptions& options) override {
    return std::make_unique<DeferredBackend>(shared_from_this(), options, queues_);
  }
  MemoryContext new_context() override { return ++contexts_; }

 protected:
  void do_upload(void* to, const void* host, std::size_t bytes) override {
    queues_->drain_all();
    if (bytes > 0) std::memcpy(to, host, bytes);
  }
  void do_download(void* host, const void* from, std::size_t bytes) override {
    queues_->drain_all();
    if (bytes > 0) std::memcpy(host, from, bytes);
  }

 private:
  explicit DeferredDevice(std::shared_ptr<Queues> queues)
      : Device(std::make_shared<DeferredMemory>(queues)), queues_(std::move(queues)) {
    pool()->set_poison(true);
  }

  std::shared_ptr<Queues> queues_;
  std::atomic<MemoryContext> contexts_{0};
};

}  // namespace
}  // namespace hone::test

extern "C" const hone::DevicePlugin* hone_device_plugin() {
  static const hone::DevicePlugin plugin{.name = "deferred",
                                         .available = [](int, std::string&) { return true; },
                                         .make = [](int) -> std::shared_ptr<hone::Device> {
                                           return std::make_shared<hone::test::DeferredDevice>();
                                         }};
  return &plugin;
}
