// Augmentation: what each kind does to a picture, that it depends on seed, epoch and sample alone,
// and trainings with all of it.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>

#include "nn/data/split.h"
#include "nn/train/batch_source.h"
#include "tensor/tape.h"
#include "tests/nn/train_fixture.h"

using namespace hone;
using namespace train_test;
using namespace hone::nn::train;

namespace {

constexpr std::int64_t kCount = 60, kRows = 6, kColumns = 5, kChannels = 2;
constexpr std::int64_t kPixels = kRows * kColumns * kChannels;

// Pictures of different bytes; each is a class of its own, so that soft labels name samples.
nn::data::Dataset pictures(Device& device, bool flat = false) {
  std::vector<std::uint8_t> bytes;
  std::vector<std::int32_t> labels;
  std::vector<float> targets;
  PhiloxStream random(4);
  for (std::int64_t i = 0; i < kCount; ++i) {
    labels.push_back(static_cast<std::int32_t>(i));
    targets.push_back(static_cast<float>(i));
    for (std::int64_t p = 0; p < kPixels; ++p)
      bytes.push_back(static_cast<std::uint8_t>(flat ? i + 1 : 1 + random.below(255)));
  }
  return nn::data::Dataset(
      {.samples =
           Tensor::from<std::uint8_t>(device, bytes, Shape{kCount, kRows, kColumns, kChannels}),
       .labels = Tensor::from<std::int32_t>(device, labels, Shape{kCount}),
       .classes = kCount,
       .normalization = {.scale = 1},
       .columns = {{"target", Tensor::from<float>(device, targets, Shape{kCount, 1})}}});
}

std::vector<std::int32_t> ascending() {
  std::vector<std::int32_t> order(kCount);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

// The tensor `name` of all samples in this order, in batches of `batch`.
std::vector<float> seen(const std::vector<Augmentation>& kinds, const std::string& name = "x",
                        const std::vector<std::int32_t>& order = ascending(),
                        std::int64_t epoch = 3, int batch = 7, bool flat = false,
                        const char* on = "cpu") {
  const auto device = open_device(on);
  const auto backend = device->new_backend({.threads = 2});
  const BackendScope scope(*backend);
  const nn::data::Dataset data = pictures(*device, flat);
  BatchSource source(*backend, data);
  source.augment(kinds, 11);
  source.begin(order, 0, epoch);
  std::vector<float> all;
  for (std::int64_t first = 0; first < kCount; first += batch) {
    const int rows = static_cast<int>(std::min<std::int64_t>(batch, kCount - first));
    const std::vector<float> part = source.gather(rows)[name].to_vector();
    all.insert(all.end(), part.begin(), part.end());
    source.advance(rows);
  }
  return all;
}

float pixel(const std::vector<float>& all, std::int64_t sample, std::int64_t row,
            std::int64_t column, std::int64_t channel) {
  if (row < 0 || row >= kRows || column < 0 || column >= kColumns) return 0;
  return all[static_cast<std::size_t>(((sample * kRows + row) * kColumns + column) * kChannels +
                                      channel)];
}

// Whether picture `sample` of `now` is that of `then` read at place(row, column).
template <class Place>
bool is_read_at(const std::vector<float>& now, const std::vector<float>& then, std::int64_t sample,
                Place place) {
  for (std::int64_t r = 0; r < kRows; ++r)
    for (std::int64_t c = 0; c < kColumns; ++c)
      for (std::int64_t k = 0; k < kChannels; ++k) {
        const auto [row, column] = place(r, c);
        if (pixel(now, sample, r, c, k) != pixel(then, sample, row, column, k)) return false;
      }
  return true;
}

using RowColumn = std::pair<std::int64_t, std::int64_t>;

std::vector<Augmentation> everything() {
  return {Shift{.rows = 1, .columns = 1},
          Flip{},
          Rotate{},
          Crop{},
          Brightness{},
          Contrast{},
          Erase{},
          Mixup{.p = 0.5},
          CutMix{}};
}

// Adds a number to each sample, drawn in [1, 2).
struct Lift {
  static constexpr unsigned kChanges = kOwn;
  void draw(SampleChange& change, const SampleOf&, PhiloxStream& random) const {
    change.own[0] = 1 + static_cast<float>(random.uniform());
  }
  std::string text() const { return "lift"; }
  Tensor apply(const Tensor& x, const Tensor& own) const {
    const std::int64_t rows = x.shape()[0];
    const Tensor lift = ops::sum(own, {1}, true);  // the other three numbers are 0
    const Tensor lifted = ops::reshape(x, {rows, -1}) + lift;
    return ops::reshape(lifted, {rows, x.shape()[1], x.shape()[2], x.shape()[3]});
  }
};

}  // namespace

TEST_CASE(
    "without an augmentation, or with one that never changes anything, samples are as they are") {
  const std::vector<float> plain = seen({});
  CHECK(same_bits(seen({Flip{.p = 0}, Rotate{.degrees = 0}, Shift{.rows = 0, .columns = 0},
                        Crop{.smallest = 1}, Brightness{.most = 0}, Contrast{.most = 0},
                        Erase{.p = 0}, Mixup{.p = 0}, CutMix{.p = 0}}),
                  plain));
}

TEST_CASE("flips and shifts move whole pixels and nothing else") {
  const std::vector<float> plain = seen({});
  const std::vector<float> side = seen({Flip{.p = 1}});
  const std::vector<float> down = seen({Flip{.p = 1, .upside_down = true}});
  const std::vector<float> half = seen({Flip{.p = 0.5}});
  const std::vector<float> moved = seen({Shift{.rows = 2, .columns = 1}});
  int flipped = 0;
  std::vector<int> places(15);
  for (std::int64_t i = 0; i < kCount; ++i) {
    const auto same = [](std::int64_t r, std::int64_t c) { return RowColumn{r, c}; };
    const auto mirrored = [](std::int64_t r, std::int64_t c) {
      return RowColumn{r, kColumns - 1 - c};
    };
    CHECK(is_read_at(side, plain, i, mirrored));
    CHECK(is_read_at(down, plain, i, [](std::int64_t r, std::int64_t c) {
      return RowColumn{kRows - 1 - r, c};
    }));
    const bool now = is_read_at(half, plain, i, mirrored);
    CHECK((now || is_read_at(half, plain, i, same)));
    flipped += now ? 1 : 0;
    int found = 0;
    for (int dr = -2; dr <= 2; ++dr)
      for (int dc = -1; dc <= 1; ++dc)
        if (is_read_at(moved, plain, i, [&](std::int64_t r, std::int64_t c) {
              return RowColumn{r + dr, c + dc};
            })) {
          ++found;
          ++places[static_cast<std::size_t>((dr + 2) * 3 + dc + 1)];
        }
    CHECK(found == 1);
  }
  CHECK(flipped > 15);
  CHECK(flipped < 45);
  CHECK(std::count(places.begin(), places.end(), 0) < 5);  // all places come up
}

TEST_CASE("maps are put together as if one picture were made after the other") {
  SampleChange change;
  change.then({1, 0, 2, 0, 1, -1});     // first a shift
  change.then({0, -1, 0, 1, 0, 0.5f});  // then a quarter of a turn, and half a column
  // Pixel (3, 4) of the last picture is read at (-4, 3.5) of the one before, that at (-2, 2.5).
  const auto& m = change.map;
  CHECK(m[0] * 3 + m[1] * 4 + m[2] == -2);
  CHECK(m[3] * 3 + m[4] * 4 + m[5] == 2.5f);
}

TEST_CASE("rotation and crop keep a picture of one value inside and its middle") {
  const std::vector<float> plain = seen({}, "x", ascending(), 3, 7, true);
  for (const Augmentation& kind :
       {Augmentation(Rotate{.degrees = 30}), Augmentation(Crop{.smallest = 0.5})}) {
    const std::vector<float> now = seen({kind}, "x", ascending(), 3, 7, true);
    CHECK_FALSE(same_bits(now, plain));
    for (std::int64_t i = 0; i < kCount; ++i) {
      CHECK(pixel(now, i, 2, 2, 0) == doctest::Approx(pixel(plain, i, 2, 2, 0)).epsilon(1e-5));
      for (std::int64_t r = 0; r < kRows; ++r)
        for (std::int64_t c = 0; c < kColumns; ++c) {
          CHECK(pixel(now, i, r, c, 1) >= 0);
          CHECK(pixel(now, i, r, c, 1) <= pixel(plain, i, 0, 0, 0) * 1.0001f);
        }
    }
  }
}

TEST_CASE("brightness and contrast are one line for all values of a picture") {
  const std::vector<float> plain = seen({});
  const std::vector<float> now =
      seen({Brightness{.most = 20}, Contrast{.most = 0.5, .about = 100}});
  int different = 0;
  for (std::int64_t i = 0; i < kCount; ++i) {
    // From the two most distant values the line, then all others are on it.
    const auto begin = plain.begin() + i * kPixels;
    const auto [low, high] = std::minmax_element(begin, begin + kPixels);
    const auto at = [&](auto place) {
      return static_cast<double>(now[static_cast<std::size_t>(place - plain.begin())]);
    };
    const double gain = (at(high) - at(low)) / static_cast<double>(*high - *low);
    CHECK(gain > 0.49);
    CHECK(gain < 1.51);
    const double moved = at(low) - gain * static_cast<double>(*low);
    // (x + b - 100) gain + 100 with |b| <= 20
    CHECK(std::fabs(moved - 100 + 100 * gain) <= 20.01 * gain);
    for (auto v = begin; v != begin + kPixels; ++v)
      CHECK(at(v) == doctest::Approx(gain * static_cast<double>(*v) + moved).epsilon(1e-4));
    different += std::fabs(gain - 1) > 0.1 ? 1 : 0;
  }
  CHECK(different > 20);
}

TEST_CASE("erasing makes one box of the value it says") {
  const std::vector<float> plain = seen({});
  const std::vector<float> now =
      seen({Erase{.p = 1, .smallest = 0.1, .largest = 0.5, .ratio = 2, .value = -3}});
  for (std::int64_t i = 0; i < kCount; ++i) {
    std::int64_t top = kRows, left = kColumns, bottom = 0, right = 0, erased = 0;
    for (std::int64_t r = 0; r < kRows; ++r)
      for (std::int64_t c = 0; c < kColumns; ++c) {
        if (pixel(now, i, r, c, 0) != -3) {
          CHECK(pixel(now, i, r, c, 1) == pixel(plain, i, r, c, 1));
          continue;
        }
        ++erased;
        top = std::min(top, r), left = std::min(left, c);
        bottom = std::max(bottom, r + 1), right = std::max(right, c + 1);
      }
    CHECK(erased == (bottom - top) * (right - left));
    CHECK(erased >= 2);  // sides are rounded
    CHECK(erased <= 18);
  }
}

TEST_CASE("mixed samples are what their soft labels say, and so are their targets") {
  const auto share_sum = [](const std::vector<float>& soft, std::int64_t i) {
    double value = 0, sum = 0;
    for (std::int64_t c = 0; c < kCount; ++c) {
      const auto share = static_cast<double>(soft[static_cast<std::size_t>(i * kCount + c)]);
      CHECK(share >= 0);
      sum += share;
      value += share * static_cast<double>(c);
    }
    CHECK(sum == doctest::Approx(1));
    return value;
  };
  for (const Augmentation& kind : {Augmentation(Mixup{.alpha = 1}), Augmentation(CutMix{.p = 1})}) {
    const std::vector<float> x = seen({kind}, "x", ascending(), 3, 7, true);
    const std::vector<float> soft = seen({kind}, "soft_labels");
    const std::vector<float> target = seen({kind}, "target");
    const std::vector<float> labels = seen({kind}, "labels");
    int mixed = 0;
    for (std::int64_t i = 0; i < kCount; ++i) {
      double sum = 0;
      for (std::int64_t p = 0; p < kPixels; ++p)
        sum += static_cast<double>(x[static_cast<std::size_t>(i * kPixels + p)]);
      const double expected = share_sum(soft, i);
      // A picture of sample i is i + 1 everywhere.
      CHECK(sum / kPixels == doctest::Approx(expected + 1).epsilon(1e-4));
      CHECK(target[static_cast<std::size_t>(i)] == doctest::Approx(expected).epsilon(1e-4));
      CHECK(labels[static_cast<std::size_t>(i)] == static_cast<float>(i));
      mixed += soft[static_cast<std::size_t>(i * kCount + i)] < 0.95f ? 1 : 0;
    }
    CHECK(mixed > 20);
  }
}

TEST_CASE("what happens to a sample depends on seed, epoch and sample, not on order or batch") {
  const std::vector<float> first = seen(everything());
  CHECK(same_bits(seen(everything(), "x", ascending(), 3, 60), first));
  CHECK(same_bits(seen(everything(), "x", ascending(), 3, 1), first));
  CHECK_FALSE(same_bits(seen(everything(), "x", ascending(), 4), first));
  const std::vector<std::int32_t> order = nn::data::epoch_order(1, 1, kCount);
  const std::vector<float> other = seen(everything(), "x", order);
  for (std::int64_t i = 0; i < kCount; ++i) {
    const auto at = static_cast<std::ptrdiff_t>(order[static_cast<std::size_t>(i)]) * kPixels;
    CHECK(std::equal(other.begin() + i * kPixels, other.begin() + (i + 1) * kPixels,
                     first.begin() + at));
  }
  // The reference agrees to the bit: there are only sums and products.
  CHECK(same_bits(seen(everything(), "x", ascending(), 3, 7, false, "ref"), first));
}

TEST_CASE("a kind of one's own draws on the host and computes on the device") {
  const std::vector<float> plain = seen({}), now = seen({Flip{.p = 0}, Lift{}});
  std::vector<double> lifts;
  for (std::int64_t i = 0; i < kCount; ++i) {
    const auto at = static_cast<std::size_t>(i * kPixels);
    lifts.push_back(static_cast<double>(now[at] - plain[at]));
    CHECK(lifts.back() >= 0.999);
    CHECK(lifts.back() <= 2.001);
    for (std::size_t p = 1; p < kPixels; ++p)
      CHECK(now[at + p] - plain[at + p] == doctest::Approx(lifts.back()).epsilon(1e-4));
  }
  std::sort(lifts.begin(), lifts.end());
  CHECK(lifts.back() - lifts.front() > 0.5);
}

TEST_CASE(
    "a training with augmentation is exact: recorded or not, any threads, killed and resumed") {
  const World world("cpu", 90);
  const auto run = [&](const FitOptions& options, bool capture, int threads, int stop_after) {
    std::atomic<bool> flag{false};
    int batches = 0;
    FitOptions with = options;
    with.validation = &world.validation;
    with.cancel = CancelToken(flag);
    struct Count : Callback {
      std::function<void()> call;
      std::string name() const override { return "count"; }
      bool wants_batches() const override { return true; }
      void on_batch_end(BatchContext&) override { call(); }
    };
    const auto count = std::make_shared<Count>();
    count->call = [&] { flag = ++batches == stop_after; };
    Trainer trainer(
        {.network = batch_norm_cnn(),
         .optimizer = optim::Adam{.lr = 0.01f},
         .schedule = optim::OneCycle{},
         .augment = {Shift{.rows = 1, .columns = 1}, Flip{}, Rotate{}, Crop{}, Brightness{},
                     Contrast{}, Erase{}, Mixup{.p = 0.5}, CutMix{}, Lift{}},
         .epochs = 3,
         .batch = 16,
         .seed = 5},
        world.train.shape(), world.device->new_backend({.threads = threads}),
        {.callbacks = {count}, .capture = capture});
    const FitResult result = trainer.fit(world.train, with);
    return std::tuple(result.stop, trainer.model().parameters().state().to_vector(),
                      result.history.json());
  };
  const auto whole = run({}, true, 1, 0);
  CHECK(std::get<0>(whole) == Stop::completed);
  for (const auto& [capture, threads] : {std::pair{false, 1}, std::pair{true, 2}}) {
    const auto other = run({}, capture, threads, 0);
    CHECK(same_bits(std::get<1>(other), std::get<1>(whole)));
    CHECK(std::get<2>(other) == std::get<2>(whole));
  }
  const TempFolder folder;
  const FitOptions saved{.checkpoint = folder / "c"};
  for (const int stop_after : {4, 3, 5})
    CHECK(std::get<0>(run(saved, true, 1, stop_after)) == Stop::cancelled);
  const auto last = run(saved, true, 1, 0);
  CHECK(std::get<0>(last) == Stop::completed);
  CHECK(same_bits(std::get<1>(last), std::get<1>(whole)));
  CHECK(std::get<2>(last) == std::get<2>(whole));
  // It is a setting: another augmentation is another training.
  Trainer other(
      {.network = batch_norm_cnn(), .augment = {Flip{}}, .epochs = 3, .batch = 16, .seed = 5},
      world.train.shape(), world.device->new_backend());
  CHECK(
      contains(error_of([&] { other.fit(world.train, {.checkpoint = folder / "c"}); }), "augment"));
}

TEST_CASE("an augmentation that does not fit is refused with what is wrong") {
  const auto refused = [](const Augmentation& kind, const Shape& sample = {8, 8, 1}) {
    return error_of([&] { kind.check(sample); });
  };
  CHECK(contains(refused(Shift{.rows = 9}), "usage: shift: rows is 9, it must be 0 to 8"));
  CHECK(contains(refused(Flip{}, {4}), "flip: the samples have shape [4], pictures"));
  CHECK(contains(refused(Flip{.p = 1.5}), "flip: p is 1.5"));
  CHECK(contains(refused(Rotate{.degrees = -1}), "rotate: degrees is -1"));
  CHECK(contains(refused(Crop{.smallest = 0}), "crop: smallest is 0"));
  CHECK(contains(refused(Contrast{.most = 2}), "contrast: most is 2"));
  CHECK(contains(refused(Erase{.smallest = 0.5, .largest = 0.4}), "erase: largest is 0.4"));
  CHECK(contains(refused(Mixup{.alpha = 0}), "mixup: alpha is 0"));
  CHECK(contains(refused(CutMix{}, {4}), "cutmix: the samples"));
  CHECK(refused(Mixup{}, {4}) == "");
  const World world("cpu", 20);
  CHECK(contains(error_of([&] {
                   auto model = world.model();
                   Trainer(*model, {.augment = {Shift{.rows = 20}}}).fit(world.train);
                 }),
                 "shift: rows is 20"));
}
