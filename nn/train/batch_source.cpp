// Reading batches.
#include "nn/train/batch_source.h"

#include <numeric>

#include "tensor/tape.h"

namespace hone::nn::train {
namespace {

std::vector<std::int32_t> in_order(std::int64_t count) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

Shape with_rows(const Shape& all, int rows) { return all.with(0, rows); }

}  // namespace

BatchSource::BatchSource(Backend& backend, const data::Dataset& data)
    : backend_(backend), data_(data), standardize_(data.standardization(), data.shape()) {
  order_ = Tensor::from<std::int32_t>(in_order(data.count()), Shape{data.count()});
  cursor_ = Tensor::from<std::int32_t>(std::vector<std::int32_t>{0}, Shape{1});
}

void BatchSource::augment(const std::vector<Augmentation>& kinds, std::uint64_t seed) {
  if (!kinds.empty()) augmenter_.emplace(kinds, data_, seed);
}

void BatchSource::begin(std::span<const std::int32_t> order, std::int64_t first,
                        std::int64_t epoch) {
  order_.assign(order);
  cursor_.assign(std::vector<std::int32_t>{static_cast<std::int32_t>(first)});
  if (augmenter_) augmenter_->begin(epoch, order);
}

void BatchSource::rewind() { cursor_.assign(std::vector<std::int32_t>{0}); }

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
  const Tensor& samples = data_.samples();
  Rows batch;
  if (samples.dtype() == DType::u8) {
    if (data_.labels().defined()) batch.labels = Tensor::empty(Shape{rows}, DType::i32);
    batch.x = floats(samples, data_.normalization(), batch.labels, data_.labels());
  } else {
    batch.x = take(samples);
    if (data_.labels().defined()) batch.labels = take(data_.labels());
  }
  for (const data::Column& column : data_.columns())
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
    const Rows other = read(augment.partners(), rows);
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
  Rows read_rows = read(order_, rows);
  if (augmenter_) augment(read_rows, rows);
  Batch batch;
  batch.add("x", standardize_(read_rows.x));
  if (read_rows.labels.defined()) batch.add("labels", read_rows.labels);
  if (read_rows.soft_labels.defined()) batch.add("soft_labels", read_rows.soft_labels);
  for (std::size_t i = 0; i < read_rows.columns.size(); ++i)
    batch.add(data_.columns()[i].name, read_rows.columns[i]);
  return batch;
}

}  // namespace hone::nn::train
