// Reading batches.
#include "nn/train/batch_source.h"

#include <numeric>

#include "base/error.h"
#include "tensor/tape.h"

namespace hone::nn::train {
namespace {

Shape with_rows(const Shape& all, int rows) { return all.with(0, rows); }

}  // namespace

std::vector<std::int32_t> in_order(std::int64_t count) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

// Types, ranges and lengths were checked when the data set was made.
void check_data(const Model& model, const data::Dataset& data, const char* who) {
  check(!data.empty(), "{}: the data set is empty", who);
  check(data.shape() == model.input(), "{}: the samples have shape {}, the model takes {}", who,
        data.shape().str(), model.input().str());
  check(&data.device() == &model.device(),
        "{}: the data are on device {}, the model on {}; upload them to the model's device", who,
        data.device().name(), model.device().name());
}

BatchSource::BatchSource(Backend& backend, const data::Dataset& data)
    : backend_(backend),
      data_(data),
      parts_(data.example()),
      standardize_(data.standardization(), data.shape()) {
  const std::vector<std::int32_t> order = in_order(data.count());
  order_ = rows_ = Tensor::from<std::int32_t>(order, Shape{data.count()});
  cursor_ = Tensor::from<std::int32_t>(std::vector<std::int32_t>{0}, Shape{1});
  if (data.shards() == nullptr) return;
  make_buffers();
  plan(order);
}

void BatchSource::make_buffers() {
  const auto buffer = [&](Tensor& of) {
    of = Tensor::empty(of.shape().with(0, 2 * data_.shard_rows()), of.dtype());
  };
  buffer(parts_.samples);
  if (parts_.labels.defined()) buffer(parts_.labels);
  for (data::Column& column : parts_.columns) buffer(column.values);
  rows_ = Tensor::empty(order_.shape(), DType::i32);
  stream_ = std::make_unique<ShardStream>(data_.shards());
}

void BatchSource::augment(const std::vector<Augmentation>& kinds, std::uint64_t seed) {
  if (kinds.empty()) return;
  augmenter_.emplace(kinds, data_, seed);
  if (!augmenter_->mixes()) return;
  partner_rows_ = stream_ ? Tensor::empty(order_.shape(), DType::i32) : augmenter_->partners();
}

void BatchSource::begin(std::span<const std::int32_t> order, std::int64_t first,
                        std::int64_t epoch) {
  order_.assign(order);
  cursor_.assign(std::vector<std::int32_t>{static_cast<std::int32_t>(first)});
  if (stream_) plan(order);
  if (augmenter_) {
    const std::vector<std::int32_t> partners = augmenter_->begin(epoch, order);
    if (stream_ && augmenter_->mixes()) partner_rows_.assign(places(partners));
  }
  if (stream_) start(first);
}

void BatchSource::begin_member(int member, std::span<const std::int32_t> order,
                               std::int64_t first) {
  order_.model(member).assign(order);
  cursor_.model(member).assign(std::vector<std::int32_t>{static_cast<std::int32_t>(first)});
}

void BatchSource::rewind() {
  cursor_.assign(std::vector<std::int32_t>{0});
  if (stream_) start(0);
}

void BatchSource::plan(std::span<const std::int32_t> order) {
  const std::int64_t shard_rows = data_.shard_rows();
  visits_.clear();
  for (std::size_t i = 0; i < order.size(); ++i)
    if (const std::int64_t shard = order[i] / shard_rows;
        visits_.empty() || visits_.back().shard != shard)
      visits_.push_back({shard, static_cast<std::int64_t>(i)});
  rows_.assign(places(order));
}

std::vector<std::int32_t> BatchSource::places(std::span<const std::int32_t> samples) const {
  const std::int64_t shard_rows = data_.shard_rows();
  std::vector<std::int32_t> rows;
  rows.reserve(samples.size());
  std::size_t visit = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (visit + 1 < visits_.size() && visits_[visit + 1].begin <= static_cast<std::int64_t>(i))
      ++visit;
    const std::int64_t half = static_cast<std::int64_t>(visit % 2) * shard_rows;
    rows.push_back(
        static_cast<std::int32_t>(half + samples[i] - visits_[visit].shard * shard_rows));
  }
  return rows;
}

void BatchSource::start(std::int64_t first) {
  next_visit_ = visits_.size();
  while (next_visit_ > 0 && visits_[next_visit_ - 1].begin > first) --next_visit_;
  if (next_visit_ > 0) --next_visit_;
  std::vector<std::int64_t> shards;
  for (std::size_t i = next_visit_; i < visits_.size(); ++i) shards.push_back(visits_[i].shard);
  stream_->begin(std::move(shards));
}

void BatchSource::bring(std::int64_t end) {
  for (; stream_ && next_visit_ < visits_.size() && visits_[next_visit_].begin < end;
       ++next_visit_) {
    const std::vector<io::TensorData> arrays = stream_->next();
    const std::int64_t half = static_cast<std::int64_t>(next_visit_ % 2) * data_.shard_rows();
    std::size_t field = 0;
    const auto put = [&](const Tensor& buffer) {
      const io::TensorData& array = arrays[field++];
      const std::int64_t each = buffer.count() / buffer.shape()[0];
      buffer.part(half * each, buffer.shape().with(0, array.shape[0])).upload(array.bytes.data());
    };
    put(parts_.samples);
    if (parts_.labels.defined()) put(parts_.labels);
    for (const data::Column& column : parts_.columns) put(column.values);
  }
}

void BatchSource::advance(int rows) const {
  backend_.run(verb::Advance{.counters = cursor_.view(), .by = rows});
}

BatchSource::Rows BatchSource::read(const Tensor& order, int rows) const {
  const auto take = [&](const Tensor& all) {
    Tensor part = Tensor::empty(with_rows(all.shape(), rows), all.dtype());
    backend_.run(verb::GatherRows{
        .y = part.view(), .x = all.cview(), .order = order.cview(), .cursor = cursor_.cview()});
    return part;
  };
  // Bytes become floats; `labels`, if defined, come with the same verb.
  const auto floats = [&](const Tensor& bytes, const GatherParams& params, const Tensor& labels,
                          const Tensor& all_labels) {
    Tensor x = Tensor::empty(with_rows(bytes.shape(), rows));
    backend_.run(
        verb::GatherBatch{.x = x.view(),
                          .labels = labels.defined() ? labels.view() : View{},
                          .images = bytes.cview(),
                          .all_labels = labels.defined() ? all_labels.cview() : ConstView{},
                          .order = order.cview(),
                          .cursor = cursor_.cview(),
                          .params = params});
    return x;
  };
  const Tensor &samples = parts_.samples, &labels = parts_.labels;
  Rows batch;
  if (samples.dtype() == DType::u8) {
    if (labels.defined()) batch.labels = Tensor::empty(Shape{rows}, DType::i32);
    batch.x = floats(samples, parts_.normalization, batch.labels, labels);
  } else {
    batch.x = take(samples);
    if (labels.defined()) batch.labels = take(labels);
  }
  for (const data::Column& column : parts_.columns)
    batch.columns.push_back(column.values.dtype() == DType::u8
                                ? floats(column.values, column.normalization, {}, {})
                                : take(column.values));
  return batch;
}

void BatchSource::augment(Rows& batch, int rows) const {
  const Augmenter& augment = *augmenter_;
  const Place place{order_, cursor_};
  batch.x = augment.changed(batch.x, place);
  if (augment.mixes()) {
    const Rows other = read(partner_rows_, rows);
    const Tensor x = augment.changed(other.x, {augment.partners(), cursor_});
    batch.x = augment.mixed(batch.x, x, place);
    if (batch.labels.defined())
      batch.soft_labels = augment.soft_labels(batch.labels, other.labels, place);
    for (std::size_t i = 0; i < batch.columns.size(); ++i)
      if (batch.columns[i].dtype() == DType::f32)
        batch.columns[i] = augment.mixed_values(batch.columns[i], other.columns[i], place);
  }
  batch.x = augment.finished(batch.x, place);
}

Batch BatchSource::gather(int rows) const {
  Rows read_rows = read(rows_, rows);
  if (augmenter_) augment(read_rows, rows);
  Batch batch;
  batch.add("x", standardize_(read_rows.x));
  if (read_rows.labels.defined()) batch.add("labels", read_rows.labels);
  if (read_rows.soft_labels.defined()) batch.add("soft_labels", read_rows.soft_labels);
  for (std::size_t i = 0; i < read_rows.columns.size(); ++i)
    batch.add(parts_.columns[i].name, read_rows.columns[i]);
  return batch;
}

}  // namespace hone::nn::train
