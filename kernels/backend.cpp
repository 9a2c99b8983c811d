// What all backends share: the recording of verbs, and the block verbs built from the plain ones.
#include "kernels/backend.h"

#include "base/error.h"
#include "base/processors.h"

namespace hone {
namespace {

class VerbList : public Recording {
 public:
  explicit VerbList(std::vector<RecordedVerb> verbs) : verbs_(std::move(verbs)) {}
  void replay() override {
    for (const RecordedVerb& verb : verbs_) verb.run();
  }
  std::size_t size() const override { return verbs_.size(); }
  std::vector<VerbTime> replay_timed(const std::function<double()>& now) override {
    std::vector<VerbTime> times;
    times.reserve(verbs_.size());
    for (const RecordedVerb& verb : verbs_) {
      const double start = now();
      verb.run();
      times.push_back({verb.name, verb.shape, now() - start});
    }
    return times;
  }

 private:
  std::vector<RecordedVerb> verbs_;
};

}  // namespace

std::vector<VerbTime> Recording::replay_timed(const std::function<double()>&) {
  replay();
  return {};
}

Backend::Backend(std::shared_ptr<Device> device, const BackendOptions& options)
    : device_(std::move(device)),
      options_(options),
      threads_(options.threads),
      workspace_(device_->pool()) {
  check(options.threads >= 0, "backend: threads is {}, it must be 0 (all) or more",
        options.threads);
  if (threads_ == 0) threads_ = usable_processors();
}

void Backend::begin_recording() {
  check(!recording_, "backend: a recording is open already; recordings do not nest");
  recorded_.clear();
  recording_ = true;
}

std::unique_ptr<Recording> Backend::end_recording() {
  check(recording_, "backend: end_recording without begin_recording");
  recording_ = false;
  return std::make_unique<VerbList>(std::exchange(recorded_, {}));
}

void Backend::do_conv2d_forward(View y, View argmax, ConstView x, ConstView w, ConstView b,
                                Conv2dParams params) {
  const Workspace::Scope scope(workspace_);
  const Shape dense{x.shape[0], params.conv_h(x.shape[1]), params.conv_w(x.shape[2]), w.shape[0]};
  View z = y;
  if (params.pool)
    z = {workspace_.take(static_cast<std::size_t>(dense.count()) * size_of(y.dtype)), dense,
         y.dtype};
  do_conv2d_plain_forward(z, x, w, params);
  if (b) do_binary(z, z, b, BinaryOp::add);
  if (params.relu) do_unary(z, z, {.op = UnaryOp::relu});
  if (params.pool) do_maxpool2d_forward(y, argmax, z, {});
}

void Backend::do_conv2d_backward_input(View dx, ConstView dy, ConstView y, ConstView argmax,
                                       ConstView w, Conv2dParams params, Write write) {
  const Workspace::Scope scope(workspace_);
  const Shape dense{dx.shape[0], params.conv_h(dx.shape[1]), params.conv_w(dx.shape[2]),
                    w.shape[0]};
  do_conv2d_plain_backward_input(dx, dense_gradient(dy, y, argmax, dense, params), w, params,
                                 write);
}

void Backend::do_conv2d_backward_weight(View dw, View db, ConstView dy, ConstView y,
                                        ConstView argmax, ConstView x, Conv2dParams params,
                                        Write write) {
  const Workspace::Scope scope(workspace_);
  const Shape dense{x.shape[0], params.conv_h(x.shape[1]), params.conv_w(x.shape[2]), dw.shape[0]};
  const ConstView dz = dense_gradient(dy, y, argmax, dense, params);
  do_conv2d_plain_backward_weight(dw, dz, x, params, write);
  if (db) {
    View bias = db;
    bias.shape = Shape{1, 1, 1, db.count()};
    do_reduce(bias, dz, ReduceOp::sum, write);
  }
}

// The gradient of the plain convolution's output, from the block's: undo ReLU, then the pooling.
ConstView Backend::dense_gradient(ConstView dy, ConstView y, ConstView argmax, const Shape& dense,
                                  Conv2dParams params) {
  const auto scratch = [&](const Shape& shape) {
    return View{workspace_.take(static_cast<std::size_t>(shape.count()) * size_of(dy.dtype)), shape,
                dy.dtype};
  };
  if (params.relu) {
    const View masked = scratch(dy.shape);
    do_unary_backward(masked, dy, y, y, {.op = UnaryOp::relu}, Write::set);
    dy = masked;
  }
  if (params.pool) {
    const View dz = scratch(dense);
    do_maxpool2d_backward(dz, dy, argmax, {}, Write::set);
    dy = dz;
  }
  return dy;
}

}  // namespace hone
