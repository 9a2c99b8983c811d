// Printing, timing and replaying of recordings.
#include "kernels/recording.h"

#include <fmt/format.h>

#include <utility>

#include "kernels/any_verb.h"
#include "kernels/backend.h"

namespace hone {
namespace {

// The shape of the first view, which is an output.
template <class V>
Shape first_shape(const V& verb) {
  Shape shape;
  bool first = true;
  V::views(verb, [&](const char*, const auto& view, Given = Given::always) {
    if (first) shape = view.shape;
    first = false;
  });
  return shape;
}

// The backend's scratch memory is that of the recording while this is alive.
class Lent {
 public:
  Lent(std::shared_ptr<Workspace>& backend, const std::shared_ptr<Workspace>& recording)
      : place_(backend), own_(std::exchange(backend, recording)) {}
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;
  ~Lent() { place_ = std::move(own_); }

 private:
  std::shared_ptr<Workspace>& place_;
  std::shared_ptr<Workspace> own_;
};

}  // namespace

std::string str(const AnyVerb& any) {
  return std::visit(
      []<class V>(const V& verb) {
        std::string text = V::kName;
        const char* separator = " ";
        V::views(verb, [&](const char* name, const auto& view, Given = Given::always) {
          if (!view) return;
          text += std::exchange(separator, ", ");
          text += name;
          if (view.models > 1) text += fmt::format(" {} x", view.models);
          if (view.dtype != DType::f32) text += fmt::format(" {}", name_of(view.dtype));
          text += " " + view.shape.str();
        });
        return text;
      },
      any);
}

Recording::Recording(Backend& backend, std::vector<AnyVerb> verbs,
                     std::shared_ptr<Workspace> workspace, std::unique_ptr<Graph> graph)
    : backend_(backend),
      verbs_(std::move(verbs)),
      workspace_(std::move(workspace)),
      graph_(std::move(graph)) {}

Recording::~Recording() = default;

std::size_t Recording::size() const { return verbs_.size(); }

void Recording::replay(int times) {
  if (graph_) return graph_->replay(times);
  const Lent lent(backend_.workspace_, workspace_);
  for (int i = 0; i < times; ++i) backend_.run_again(verbs_);
}

std::vector<VerbTime> Recording::replay_timed(const std::function<double()>& now) {
  const Lent lent(backend_.workspace_, workspace_);
  std::vector<VerbTime> times;
  times.reserve(verbs_.size());
  backend_.synchronize();
  for (const AnyVerb& any : verbs_)
    std::visit(
        [&]<class V>(const V& verb) {
          const double start = now();
          backend_.run_models(verb, models_of(verb));
          backend_.synchronize();
          times.push_back({V::kName, first_shape(verb), now() - start});
        },
        any);
  return times;
}

std::string Recording::str() const {
  std::string text;
  for (const AnyVerb& verb : verbs_) text += hone::str(verb) + "\n";
  return text;
}

}  // namespace hone
