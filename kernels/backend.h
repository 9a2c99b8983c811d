// One execution context on a Device: it runs verbs (verbs.h), in the order in which they are given.
//
// Use a backend from one thread at a time. It may be asynchronous: verbs, uploads and downloads
// happen in order, and only a download waits for them. Backends of one device do not wait for each
// other: what one has written is there for another after a download or synchronize() of the first.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernels/device.h"
#include "kernels/recording.h"
#include "kernels/verbs.h"
#include "kernels/workspace.h"

namespace hone {

class Backend : protected VerbInterface<Verbs> {
 public:
  Backend(std::shared_ptr<Device> device, const BackendOptions& options);
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  // The destructor of a backend that may be behind waits for what it was given.
  virtual ~Backend();

  Device& device() const { return *device_; }
  int threads() const { return threads_; }
  // Of the memory that its verbs use.
  MemoryContext context() const { return context_; }
  const BackendOptions& options() const { return options_; }
  // What must be equal for two runs to have the same bits: the device's, and what the options or
  // the environment force on this backend.
  virtual std::string fingerprint() const;

  // The one door: checks what is cheap and common to all verbs (no view is missing, the numbers of
  // models fit), records the verb when a recording is open, and runs it, model by model where the
  // backend does not take several at once. Throws Error(usage) that names the verb and the view.
  template <class V>
  void run(const V& verb) {
    const int models = checked_models(verb);
    if (!recording_) return run_models(verb, models);
    const Unrecorded pause(*this);  // a verb that is made of others is recorded once
    record(index_of<V>(Verbs{}), &verb);
    run_models(verb, models);
  }

  // Bytes between the host and the memory of a view, in order with the verbs; with several models,
  // the host's are one model after the other. upload() has taken the bytes when it returns;
  // download() has brought them. Neither can be recorded: Error(usage) while a recording is open.
  void upload(const View& y, const void* host);
  void download(void* host, const ConstView& x);
  // Waits until all that was given is done. Only clocks need it.
  virtual void synchronize() {}

  // Verbs between the two calls are recorded. They run once: each at once, or all of them before
  // end_recording() returns. The memory of their views must outlive the recording; scratch memory
  // is the recording's own. Recordings do not nest.
  void begin_recording();
  std::unique_ptr<Recording> end_recording();
  bool recording() const { return recording_; }

  // Scratch memory, for the inside of a verb.
  Workspace& workspace() { return *workspace_; }

 protected:
  // --- what a backend writes: see Implements below, and for the rest ---

  // Whether verb number `verb` of the list takes views of several models; else it gets one model
  // after the other.
  virtual bool takes_models(std::size_t /*verb*/) const { return false; }
  // Copies of plain bytes in order with the verbs. Without an override the device does it, which is
  // right for a backend that is always done.
  virtual void do_upload(void* to, const void* host, std::size_t bytes);
  virtual void do_download(void* host, const void* from, std::size_t bytes);
  // For a backend that replays a recording as a whole. What it is given between these two runs once
  // before end_graph() returns: each verb at once, or all of them then. `verbs` are those that were
  // given, in order; run_again() runs them with the scratch memory that they had.
  virtual void begin_graph() {}
  virtual std::unique_ptr<Recording::Graph> end_graph(const std::vector<AnyVerb>& /*verbs*/) {
    return nullptr;
  }
  void run_again(const std::vector<AnyVerb>& verbs);

 private:
  friend class Recording;

  // While one is alive, run() does not record.
  class Unrecorded {
   public:
    explicit Unrecorded(Backend& backend) : backend_(backend) { backend_.recording_ = false; }
    Unrecorded(const Unrecorded&) = delete;
    Unrecorded& operator=(const Unrecorded&) = delete;
    ~Unrecorded() { backend_.recording_ = true; }

   private:
    Backend& backend_;
  };

  template <class V>
  static int checked_models(const V& verb) {
    const int models = models_of(verb);
    V::views(verb, [&](const char* name, const auto& view, Given given = Given::always) {
      if (!view && given == Given::always) fail_missing(V::kName, name);
      const bool is_written = std::is_same_v<decltype(view), const View&>;
      if (models > 1 && view && view.models != models && (is_written || view.models != 1))
        fail_models(V::kName, name, view.models, models);
    });
    return models;
  }
  // `verb` is number `index` of the list.
  void record(std::size_t index, const void* verb);
  [[noreturn]] static void fail_missing(const char* verb, const char* view);
  [[noreturn]] static void fail_models(const char* verb, const char* view, int has, int needs);

  template <class V>
  void run_models(const V& verb, int models) {
    if (models == 1 || takes_models(index_of<V>(Verbs{}))) return execute(verb);
    for (int m = 0; m < models; ++m) execute(for_model(verb, m));
  }

  std::shared_ptr<Device> device_;
  BackendOptions options_;
  MemoryContext context_;
  int threads_;
  std::shared_ptr<Workspace> workspace_;      // in use now
  std::shared_ptr<Workspace> own_workspace_;  // while a recording's is in use
  bool recording_ = false;
  std::vector<AnyVerb> recorded_;
};

// What a backend B derives from. It writes, for each verb, in the file named as the op,
//
//   template <>
//   void B::implement(const verb::Softmax& v) { ... }
//
// and declares `template <class V> void implement(const V& verb);`. A verb without a function is an
// undefined symbol when B's library is linked.
template <class B>
class Implements : public Forwards<B, Backend, Verbs> {
 public:
  Implements(std::shared_ptr<Device> device, const BackendOptions& options)
      : Forwards<B, Backend, Verbs>(std::move(device), options) {}
};

}  // namespace hone
