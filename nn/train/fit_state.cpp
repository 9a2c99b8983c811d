// The tensors of a fit as bytes, and back.
#include "nn/train/fit_state.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "tensor/tape.h"

namespace hone::nn::train {
namespace {

constexpr const char* kSums = "sums";
constexpr std::size_t kOldSums = 4;  // of version 0.1: loss, correct, samples, first bad step
constexpr std::string_view kSlotPrefix = "slot.";

const io::TensorData* find(const std::vector<io::TensorData>& tensors, const std::string& name) {
  for (const io::TensorData& data : tensors)
    if (data.name == name) return &data;
  return nullptr;
}

std::vector<optim::StateTensor> tensors_of(const Trained& trained, int member) {
  std::vector<optim::StateTensor> all{{"weights", trained.model.parameters().state()},
                                      {"step", trained.model.step_counter()}};
  for (const optim::StateTensor& state : trained.optimizer.state())
    all.push_back({"optimizer." + state.name, state.tensor});
  if (trained.average != nullptr)
    for (const optim::StateTensor& state : trained.average->state())
      all.push_back({"average." + state.name, state.tensor});
  for (optim::StateTensor& state : all) state.tensor = state.tensor.model(member);
  return all;
}

[[noreturn]] void refuse(const std::string& where, const io::TensorData& data) {
  fail(ErrorKind::data, "{}: the tensor '{}' does not fit the model", where, printable(data.name));
}

}  // namespace

std::vector<io::TensorData> download_state(const Trained& trained, int member) {
  const BackendScope scope(trained.model.backend());
  std::vector<io::TensorData> tensors;
  for (const auto& [name, tensor] : tensors_of(trained, member))
    tensors.push_back(io::download(name, tensor));
  return tensors;
}

void upload_state(const Trained& trained, const std::vector<io::TensorData>& tensors,
                  const std::string& where, int member) {
  const BackendScope scope(trained.model.backend());
  for (const auto& [name, tensor] : tensors_of(trained, member)) {
    const io::TensorData* data = find(tensors, name);
    if (data == nullptr) fail(ErrorKind::data, "{}: the tensor '{}' is missing", where, name);
    io::upload(*data, tensor, where);
  }
}

void put_sums(std::vector<io::TensorData>& tensors, const MetricSums& sums) {
  io::TensorData data{kSums,
                      "F64",
                      {static_cast<std::int64_t>(sums.size())},
                      std::vector<std::uint8_t>(sums.size() * sizeof(double))};
  std::memcpy(data.bytes.data(), sums.data(), data.bytes.size());
  tensors.push_back(std::move(data));
}

MetricSums take_sums(const std::vector<io::TensorData>& tensors, std::size_t count,
                     const std::string& where) {
  const io::TensorData* data = find(tensors, kSums);
  if (data == nullptr) return {};
  const std::size_t held = data->bytes.size() / sizeof(double);
  if (data->dtype != "F64" || (held != count && held != kOldSums)) refuse(where, *data);
  MetricSums sums(std::max(held, count), 0.0);
  std::memcpy(sums.data(), data->bytes.data(), held * sizeof(double));
  return sums;
}

void put_slots(std::vector<io::TensorData>& tensors, const WeightSlots& slots) {
  for (const auto& [name, weights] : slots.all()) {
    io::TensorData slot{std::string(kSlotPrefix) + name,
                        "F32",
                        {static_cast<std::int64_t>(weights.size())},
                        std::vector<std::uint8_t>(weights.size() * sizeof(float))};
    std::memcpy(slot.bytes.data(), weights.data(), slot.bytes.size());
    tensors.push_back(std::move(slot));
  }
}

void take_slots(WeightSlots& slots, const Model& model, const std::vector<io::TensorData>& tensors,
                const std::string& where) {
  const auto count = static_cast<std::size_t>(model.parameters().state().count());
  std::map<std::string, std::vector<float>> found;
  for (const io::TensorData& data : tensors) {
    if (!data.name.starts_with(kSlotPrefix)) continue;
    if (data.dtype != "F32" || data.bytes.size() != count * sizeof(float)) refuse(where, data);
    std::vector<float>& slot = found[data.name.substr(kSlotPrefix.size())];
    slot.resize(count);
    std::memcpy(slot.data(), data.bytes.data(), data.bytes.size());
  }
  if (!found.empty()) slots.assign(std::move(found));
}

}  // namespace hone::nn::train
