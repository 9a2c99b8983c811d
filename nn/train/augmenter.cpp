// The tables of an epoch, and the verbs that read them.
#include "nn/train/augmenter.h"

#include <algorithm>

#include "base/error.h"
#include "kernels/verbs.h"
#include "tensor/tape.h"

namespace hone::nn::train {
namespace {

constexpr std::uint64_t kAugmentation = 0x6175676d;  // apart from the other uses of a seed

constexpr std::int64_t kMapColumns = 6;

Tensor rows_at(const Tensor& table, const Place& place, std::int64_t rows) {
  Tensor part = Tensor::empty(table.shape().with(0, rows), table.dtype());
  current_backend().run(verb::GatherRows{.y = part.view(),
                                         .x = table.cview(),
                                         .order = place.order.cview(),
                                         .cursor = place.cursor.cview()});
  return part;
}

// As pictures [N, H, W, C]; what is none has one pixel of all its values.
Tensor as_pictures(const Tensor& x) {
  const Shape& shape = x.shape();
  if (shape.rank() == 4) return x;
  return x.viewed_as(Shape{shape[0], 1, 1, x.count() / shape[0]});
}

Tensor blended(const Tensor& a, const Tensor& b, const Tensor& rows) {
  Tensor y = Tensor::empty(a.shape());
  current_backend().run(verb::BoxBlend{.y = as_pictures(y).view(),
                                       .a = as_pictures(a).cview(),
                                       .b = b.defined() ? as_pictures(b).cview() : ConstView{},
                                       .rows = rows.cview()});
  return y;
}

using BoxRow = std::array<float, kBoxColumns>;

BoxRow box_row(const Box& box, const std::array<float, 3>& inside,
               const std::array<float, 3>& outside) {
  return {box.top,   box.left,  box.bottom, box.right,  inside[0],
          inside[1], inside[2], outside[0], outside[1], outside[2]};
}

BoxRow values_row(const SampleChange& change) {
  return box_row(change.erased, {0, 0, change.erased_value}, {change.gain, 0, change.summand});
}

BoxRow shares_row(const SampleChange& change) {
  if (change.partner < 0) return box_row({}, {1, 0, 0}, {1, 0, 0});
  return box_row({}, {1, 0, 0}, {change.share, 1 - change.share, 0});
}

BoxRow mixing_row(const SampleChange& change) {
  const Box& box = change.pasted;
  const bool pasted = change.partner >= 0 && box.bottom > box.top && box.right > box.left;
  return pasted ? box_row(box, {0, 1, 0}, {1, 0, 0}) : shares_row(change);
}

template <class Row>
void append(std::vector<float>& table, const Row& row) {
  table.insert(table.end(), row.begin(), row.end());
}

}  // namespace

Augmenter::Augmenter(const std::vector<Augmentation>& kinds, const data::Dataset& data,
                     std::uint64_t seed)
    : kinds_(kinds),
      of_{data.shape(), data.count()},
      shard_rows_(data.shard_rows() > 0 ? data.shard_rows() : data.count()),
      seed_(seed) {
  check(data.dtype() != DType::i32, "augmentation: the samples are i32, not numbers");
  for (const Augmentation& kind : kinds_) {
    kind.check(data.shape());
    changes_ |= kind.changes();
  }
  const auto table = [&](unsigned change, std::int64_t columns) {
    return (changes_ & change) != 0 ? Tensor::empty(Shape{data.count(), columns}) : Tensor();
  };
  maps_ = table(kGeometry, kMapColumns);
  check(!maps_.defined() || of_.shape.rank() == 3,
        "augmentation: geometry is for pictures [H, W, C], the samples have shape {}",
        of_.shape.str());
  values_ = table(kValues, kBoxColumns);
  mixing_ = table(kMixing, kBoxColumns);
  shares_ = table(kMixing, kBoxColumns);
  own_ = table(kOwn, kOwnNumbers);
  if (!mixes()) return;
  partners_ = Tensor::empty(Shape{data.count()}, DType::i32);
  start_ = Tensor::zeros(Shape{1}, DType::i32);
  if (!data.has_labels()) return;
  const auto classes = static_cast<std::size_t>(data.classes());
  std::vector<float> identity(classes * classes, 0.0f);
  for (std::size_t i = 0; i < classes; ++i) identity[i * classes + i] = 1;
  classes_ = Tensor::from(identity, Shape{data.classes(), data.classes()});
}

SampleChange Augmenter::draw(std::int64_t epoch, std::int64_t sample) const {
  PhiloxStream random(mix(mix(seed_, kAugmentation), static_cast<std::uint64_t>(epoch)),
                      static_cast<std::uint64_t>(sample));
  SampleChange change;
  for (const Augmentation& kind : kinds_) kind.draw(change, of_, random);
  check(change.partner < of_.count, "augmentation: sample {} is to be mixed with {}, there are {}",
        sample, change.partner, of_.count);
  if (change.partner >= 0 && shard_rows_ < of_.count) {
    const std::int64_t first = sample / shard_rows_ * shard_rows_;
    const std::int64_t there = std::min(shard_rows_, of_.count - first);
    change.partner = static_cast<std::int32_t>(first + change.partner % there);
  }
  return change;
}

std::vector<std::int32_t> Augmenter::begin(std::int64_t epoch,
                                           std::span<const std::int32_t> order) {
  std::vector<float> maps, values, mixing, shares, own;
  std::vector<std::int32_t> partner_of;
  for (std::int64_t sample = 0; sample < of_.count; ++sample) {
    const SampleChange change = draw(epoch, sample);
    if (maps_.defined()) append(maps, change.map);
    if (values_.defined()) append(values, values_row(change));
    if (own_.defined()) append(own, change.own);
    if (!mixes()) continue;
    append(mixing, mixing_row(change));
    append(shares, shares_row(change));
    partner_of.push_back(change.partner < 0 ? static_cast<std::int32_t>(sample) : change.partner);
  }
  if (maps_.defined()) maps_.assign(maps);
  if (values_.defined()) values_.assign(values);
  if (own_.defined()) own_.assign(own);
  if (!mixes()) return {};
  mixing_.assign(mixing);
  shares_.assign(shares);
  std::vector<std::int32_t> partners;
  for (const std::int32_t sample : order)
    partners.push_back(partner_of[static_cast<std::size_t>(sample)]);
  partners_.assign(partners);
  return partners;
}

Tensor Augmenter::changed(const Tensor& x, const Place& place) const {
  Tensor y = x;
  if (maps_.defined()) {
    y = Tensor::empty(x.shape());
    const Tensor maps = rows_at(maps_, place, x.shape()[0]);
    current_backend().run(
        verb::AffineResample{.y = y.view(), .x = x.cview(), .maps = maps.cview()});
  }
  return values_.defined() ? blended(y, {}, rows_at(values_, place, x.shape()[0])) : y;
}

Tensor Augmenter::mixed(const Tensor& x, const Tensor& partner, const Place& place) const {
  return blended(x, partner, rows_at(mixing_, place, x.shape()[0]));
}

Tensor Augmenter::mixed_values(const Tensor& values, const Tensor& partner,
                               const Place& place) const {
  return blended(values, partner, rows_at(shares_, place, values.shape()[0]));
}

Tensor Augmenter::soft_labels(const Tensor& labels, const Tensor& partner,
                              const Place& place) const {
  const std::int64_t rows = labels.shape()[0];
  const auto one_hot = [&](const Tensor& of) { return rows_at(classes_, {of, start_}, rows); };
  return mixed_values(one_hot(labels), one_hot(partner), place);
}

Tensor Augmenter::finished(const Tensor& x, const Place& place) const {
  if (!own_.defined()) return x;
  const NoGrad no_grad;
  const Tensor own = rows_at(own_, place, x.shape()[0]);
  Tensor y = x;
  for (const Augmentation& kind : kinds_) {
    if ((kind.changes() & kOwn) == 0) continue;
    y = kind.apply(y, own);
    check(y.defined() && y.shape() == x.shape() && y.dtype() == x.dtype(),
          "augmentation {}: gives shape {}, {} is needed", printable(kind.text()),
          y.defined() ? y.shape().str() : "undefined", x.shape().str());
  }
  return y;
}

}  // namespace hone::nn::train
