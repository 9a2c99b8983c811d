// A learned vector for each of a number of things.
#include "nn/layers/embedding.h"

namespace hone::nn {

namespace {

class EmbeddingModule : public Module {
 public:
  explicit EmbeddingModule(const Embedding& embedding)
      : table_(parameter("weight", {embedding.count, embedding.width}, embedding.init)) {}
  Tensor forward(const Tensor& x) override {
    return ops::embedding(table_, ops::cast(x.detach(), DType::i32));
  }

 private:
  Parameter table_;
};

}  // namespace

std::vector<Field> Embedding::fields() {
  return {{"count", count, {.low = 1, .high = kMaxWidth, .text = "{}"}},
          {"width", width, {.low = 1, .high = kMaxWidth, .text = "x {}"}},
          {"init", init, init_names()}};
}

LayerCost Embedding::cost(const Shape& in) const {
  needs_features(in);
  const std::int64_t values = product({in[0], width});
  return {.output = {in[0], width},
          .parameters = product({count, width}),
          .flops = 0,
          .activation_bytes = product({values, 4})};
}

std::unique_ptr<Module> Embedding::build(const Site&) const {
  return std::make_unique<EmbeddingModule>(*this);
}

}  // namespace hone::nn
