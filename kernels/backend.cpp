// What all backends share: the recording of verbs, and copies from and to the host.
#include "kernels/backend.h"

#include "base/error.h"
#include "base/processors.h"
#include "kernels/any_verb.h"

namespace hone {
namespace {

template <class... V>
AnyVerb copy_of(std::size_t index, const void* verb, VerbList<V...>) {
  using Copy = AnyVerb (*)(const void*);
  static constexpr Copy kCopies[] = {
      [](const void* one) { return AnyVerb(*static_cast<const V*>(one)); }...};
  return kCopies[index](verb);
}

}  // namespace

Backend::Backend(std::shared_ptr<Device> device, const BackendOptions& options)
    : device_(std::move(device)),
      options_(options),
      context_(device_->new_context()),
      threads_(options.threads),
      workspace_(std::make_shared<Workspace>(device_->pool(), context_)) {
  check(options.threads >= 0, "backend: threads is {}, it must be 0 (all) or more",
        options.threads);
  if (threads_ == 0) threads_ = usable_processors();
  const std::string refusal = device_->refusal(options.math);
  check(refusal.empty(), "backend: math {} is refused: {}", name_of(options.math), refusal);
}

Backend::~Backend() {
  workspace_ = nullptr;
  device_->pool()->retire(context_);
}

std::string Backend::fingerprint() const {
  if (options_.math == Math::fp32) return device_->fingerprint();
  return fmt::format("{}, {}", device_->fingerprint(), name_of(options_.math));
}

void Backend::record(std::size_t index, const void* verb) {
  recorded_.push_back(copy_of(index, verb, Verbs{}));
}

void Backend::fail_missing(const char* verb, const char* view) {
  fail(ErrorKind::usage, "{}: the view {} is missing", verb, view);
}

void Backend::fail_models(const char* verb, const char* view, int has, int needs) {
  fail(ErrorKind::usage,
       "{}: {} holds {} models, another view {}; an input may be shared by all, an output not",
       verb, view, has, needs);
}

void Backend::upload(const View& y, const void* host) {
  check(!recording_, "backend: an upload cannot be recorded; do it between steps");
  for_runs(y, [&](std::size_t to, std::size_t from, std::size_t bytes) {
    do_upload(static_cast<char*>(y.data) + to, static_cast<const char*>(host) + from, bytes);
  });
}

void Backend::download(void* host, const ConstView& x) {
  check(!recording_, "backend: a download cannot be recorded; do it between steps");
  for_runs(x, [&](std::size_t from, std::size_t to, std::size_t bytes) {
    do_download(static_cast<char*>(host) + to, static_cast<const char*>(x.data) + from, bytes);
  });
}

void Backend::do_upload(void* to, const void* host, std::size_t bytes) {
  device_->do_upload(to, host, bytes);
}

void Backend::do_download(void* host, const void* from, std::size_t bytes) {
  device_->do_download(host, from, bytes);
}

void Backend::begin_recording() {
  check(!recording_, "backend: a recording is open already; recordings do not nest");
  recorded_.clear();
  own_workspace_ = std::exchange(workspace_, workspace_->for_recording());
  begin_graph();
  recording_ = true;
}

std::unique_ptr<Recording> Backend::end_recording() {
  check(recording_, "backend: end_recording without begin_recording");
  recording_ = false;
  std::unique_ptr<Recording::Graph> graph;
  try {
    graph = end_graph(recorded_);
  } catch (...) {
    workspace_ = std::exchange(own_workspace_, nullptr);
    recorded_.clear();
    throw;
  }
  auto recorded = std::exchange(workspace_, std::exchange(own_workspace_, nullptr));
  return std::make_unique<Recording>(*this, std::exchange(recorded_, {}), std::move(recorded),
                                     std::move(graph));
}

void Backend::run_again(const std::vector<AnyVerb>& verbs) {
  for (const AnyVerb& any : verbs)
    std::visit([&](const auto& verb) { run_models(verb, models_of(verb)); }, any);
}

}  // namespace hone
