// Arrays and comparisons, and the cases of the verbs that no op reaches.
#include "tests/kernels/verb_cases.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/philox.h"

namespace hone::test {

double Array::at(std::int64_t i) const {
  switch (dtype) {
    case DType::u8:
      return view().as<std::uint8_t>()[i];
    case DType::i32:
      return view().as<std::int32_t>()[i];
    case DType::f32:
      return static_cast<double>(view().as<float>()[i]);
    case DType::f64:
      return view().as<double>()[i];
  }
  return 0;
}

Array poisoned(const Shape& shape, DType dtype) {
  Array array{shape, dtype, {}};
  array.bytes.assign(static_cast<std::size_t>(shape.count()) * size_of(dtype) + 1, 0xff);
  return array;
}

namespace {

template <class T, class Value>
Array filled(const Shape& shape, Value value) {
  Array array = poisoned(shape, dtype_of<T>);
  T* data = array.view().as<T>();
  for (std::int64_t i = 0; i < shape.count(); ++i) data[i] = static_cast<T>(value());
  return array;
}

}  // namespace

// Drawn once: most of the cases' time would go into the generator.
Array normals(const Shape& shape, std::uint64_t seed) {
  static const std::vector<float> drawn = [] {
    PhiloxStream stream(1);
    std::vector<float> values(65521);
    for (float& value : values) value = static_cast<float>(stream.normal());
    return values;
  }();
  std::size_t i = seed * 7919 % drawn.size();
  return filled<float>(shape, [&] {
    if (++i == drawn.size()) i = 0;
    return drawn[i];
  });
}

Array integers(const Shape& shape, std::uint64_t seed, int range) {
  PhiloxStream stream(seed);
  const auto below = static_cast<std::uint32_t>(2 * range + 1);
  return filled<float>(shape,
                       [&] { return static_cast<int>(stream.next_u32() / 65536 % below) - range; });
}

Array i32_values(const Shape& shape, std::uint64_t seed, int below) {
  PhiloxStream stream(seed);
  return filled<std::int32_t>(shape,
                              [&] { return stream.below(static_cast<std::uint64_t>(below)); });
}

Array scalar_i32(int value) {
  return filled<std::int32_t>(Shape{1}, [=] { return value; });
}

namespace {

Array structs(const void* data, std::int64_t count, std::size_t size) {
  Array array = poisoned({count, static_cast<std::int64_t>(size)}, DType::u8);
  std::memcpy(array.bytes.data(), data, static_cast<std::size_t>(count) * size);
  return array;
}

}  // namespace

Array segment_array(const std::vector<Segment>& segments) {
  return structs(segments.data(), static_cast<std::int64_t>(segments.size()), sizeof(Segment));
}

Array dropout_array(double p, std::uint64_t seed) {
  const DropoutRow row{p, seed};
  return structs(&row, 1, sizeof row);
}

View Stage::in(const Array& array) {
  buffers_.push_back(backend_.device().pool()->allocate(array.bytes.size()));
  const View view{buffers_.back()->data(), array.shape, array.dtype};
  backend_.upload(view, array.bytes.data());
  return view;
}

std::vector<View> Stage::out(const Outputs& arrays) {
  for (const Array& array : arrays) views_.push_back(in(array));
  outputs_ = arrays;
  return views_;
}

Outputs Stage::outputs() {
  for (std::size_t i = 0; i < views_.size(); ++i)
    backend_.download(outputs_[i].bytes.data(), views_[i]);
  return std::move(outputs_);
}

Array output(const Shape& shape, Write write, std::uint64_t seed) {
  return write == Write::set ? poisoned(shape) : integers(shape, seed);
}

std::string difference(const Outputs& got, const Outputs& expected, double tolerance) {
  if (got.size() != expected.size()) return "another number of outputs";
  for (std::size_t o = 0; o < got.size(); ++o) {
    double largest = 1;
    for (std::int64_t i = 0; i < expected[o].count(); ++i)
      if (std::isfinite(expected[o].at(i)))
        largest = std::max(largest, std::abs(expected[o].at(i)));
    const double allowed = expected[o].dtype == DType::f32 ? tolerance * largest : 0;
    for (std::int64_t i = 0; i < expected[o].count(); ++i) {
      const double a = got[o].at(i), b = expected[o].at(i);
      const bool equal = a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= allowed;
      if (!equal)
        return "output " + std::to_string(o) + " " + expected[o].shape.str() + " element " +
               std::to_string(i) + ": " + std::to_string(a) + " instead of " + std::to_string(b);
    }
  }
  return "";
}

bool same_bits(const Outputs& a, const Outputs& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Array& x, const Array& y) { return x.bytes == y.bytes; });
}

namespace {

using List = std::vector<VerbCase>;

constexpr Write kWrites[] = {Write::set, Write::add};
std::string word(Write write) { return write == Write::set ? " set" : " add"; }

void add_memory(List& list) {
  for (const std::int64_t n : {1, 7, 40000}) {
    list.push_back({"fill " + std::to_string(n), 0, [n](Backend& backend) {
                      Stage on(backend);
                      const std::vector<View> out =
                          on.out({poisoned({n}), poisoned({n}, DType::u8),
                                  poisoned({n}, DType::i32), poisoned({n}, DType::f64)});
                      for (const View& view : out) backend.run(verb::Fill{.y = view, .value = 3});
                      return on.outputs();
                    }});
    for (const Write write : kWrites)
      list.push_back({"copy" + word(write) + std::to_string(n), 0, [=](Backend& backend) {
                        Stage on(backend);
                        const std::vector<View> out = on.out({output({n}, write)});
                        backend.run(
                            verb::Copy{.y = out[0], .x = on.in(integers({n}, 1)), .write = write});
                        return on.outputs();
                      }});
  }
  list.push_back({"copy and advance counters", 0, [](Backend& backend) {
                    Stage on(backend);
                    const View from = on.in(i32_values({5}, 3, 100));
                    const std::vector<View> out = on.out({poisoned({5}, DType::i32)});
                    backend.run(verb::Copy{.y = out[0], .x = from});
                    backend.run(verb::Advance{.counters = out[0], .index = 2, .by = 17});
                    backend.run(verb::Advance{.counters = out[0], .index = 4, .by = -1});
                    return on.outputs();
                  }});
}

// Ops never write the gradient of an operation into the memory of dy; the block verbs do.
void add_in_place(List& list) {
  for (int op = 0; op < kUnaryOps; ++op) {
    const UnaryParams params{static_cast<UnaryOp>(op), -1.5, 0.5};
    const bool positive = params.op == UnaryOp::log || params.op == UnaryOp::sqrt ||
                          params.op == UnaryOp::log1p || params.op == UnaryOp::pow;
    list.push_back(
        {"unary_backward in place " + std::to_string(op), 1e-6, [=](Backend& backend) {
           Stage on(backend);
           const View x = on.in(normals({33001}, 5));
           if (positive) backend.run(verb::Unary{.y = x, .x = x, .params = {UnaryOp::abs}});
           const std::vector<View> out = on.out({poisoned({33001}), normals({33001}, 6)});
           backend.run(verb::Unary{.y = out[0], .x = x, .params = params});
           backend.run(verb::UnaryBackward{
               .dx = out[1], .dy = out[1], .x = x, .y = out[0], .params = params});
           return on.outputs();
         }});
  }
}

void add_metrics(List& list) {
  for (const Shape& shape : {Shape{1, 1}, Shape{1, 10}, Shape{130, 10}, Shape{7, 1000}})
    list.push_back(
        {"accumulate_metrics " + shape.str(), 0, [=](Backend& backend) {
           Stage on(backend);
           Array logits = normals(shape, 1);
           // A row that holds NaN is not right, whatever its label is.
           logits.view().as<float>()[0] = std::nanf("");
           const View labels = on.in(i32_values({shape[0]}, 2, static_cast<int>(shape[1])));
           const View loss = on.in(integers({}, 5)), rows = on.in(logits);
           const std::vector<View> out = on.out(
               {poisoned({kMetricSums}, DType::f64), poisoned({kMetricSums + 2}, DType::f64)});
           backend.run(verb::Fill{.y = out[0], .value = 0});
           for (int step = 0; step < 2; ++step)
             backend.run(verb::AccumulateMetrics{.sums = out[0],
                                                 .loss = loss,
                                                 .logits = rows,
                                                 .labels = labels,
                                                 .step = on.in(scalar_i32(step))});
           // A loss that has no labels, and a value of a column behind those of MetricSum.
           const View more = out[1];
           backend.run(verb::Fill{.y = more, .value = 0});
           backend.run(verb::AccumulateMetrics{
               .sums = more, .loss = loss, .step = on.in(scalar_i32(0)), .rows = 5});
           backend.run(verb::AccumulateValue{
               .sums = more, .value = loss, .column = kMetricSums + 1, .rows = 3});
           return on.outputs();
         }});
}

Array zero_array(const Shape& shape) {
  return filled<float>(shape, [] { return 0; });
}

// No momentum in any row.
Array no_momentum_table() {
  Array table = poisoned({2, kScalarColumns});
  const float rows[2][kScalarColumns] = {{0.01f, 0.0f, 0.9f, 1e-7f, 0.02f},
                                         {0.003f, 0.0f, 0.99f, 1e-3f, 0.0f}};
  std::memcpy(table.bytes.data(), rows, sizeof rows);
  return table;
}

Array scalar_table() {
  Array table = poisoned({2, kScalarColumns});
  const float rows[2][kScalarColumns] = {{0.01f, 0.9f, 0.999f, 1e-7f, 0.02f},
                                         {0.003f, 0.0f, 0.99f, 1e-3f, 0.0f}};
  std::memcpy(table.bytes.data(), rows, sizeof rows);
  return table;
}

// Three steps of it; those of step 1 are the values of scalar_table().
Array step_table() {
  Array table = poisoned({3, 2, kScalarColumns});
  const Array one = scalar_table();
  const std::size_t step = one.view().bytes();  // an Array's own bytes are one more
  std::memset(table.bytes.data(), 0, table.bytes.size());
  std::memcpy(table.bytes.data() + step, one.bytes.data(), step);
  std::memcpy(table.bytes.data() + 2 * step, one.bytes.data(), step);
  return table;
}

void add_optimizers(List& list) {
  static const std::vector<Segment> segments{{0, 33001, 0}, {33001, 13, 1}, {33020, 980, 1}};
  const Shape shape{34000};
  for (const OptimizerForm form : {OptimizerForm::keras, OptimizerForm::pytorch})
    for (const bool flag : {false, true}) {
      const std::string name = std::to_string(static_cast<int>(form)) + std::to_string(flag);
      list.push_back(
          {"sgd " + name, 1e-6, [=](Backend& backend) {
             Stage on(backend);
             const std::vector<View> out = on.out({normals(shape, 1), normals(shape, 2)});
             for (int i = 0; i < 3; ++i)
               backend.run(verb::SgdStep{.values = out[0],
                                         .velocity = out[1],
                                         .grads = on.in(normals(shape, 3)),
                                         .scalars = on.in(i < 2 ? scalar_table() : step_table()),
                                         .at = i < 2 ? ConstView{} : on.in(scalar_i32(1)),
                                         .segments = on.in(segment_array(segments)),
                                         .params = {form, flag}});
             return on.outputs();
           }});
      list.push_back({"adam " + name, 1e-6, [=](Backend& backend) {
                        Stage on(backend);
                        const std::vector<View> out =
                            on.out({normals(shape, 1), normals(shape, 2), normals(shape, 3)});
                        backend.run(
                            verb::Unary{.y = out[2], .x = out[2], .params = {UnaryOp::square}});
                        for (int step = 1; step <= 3; ++step)
                          backend.run(verb::AdamStep{.values = out[0],
                                                     .m = out[1],
                                                     .v = out[2],
                                                     .grads = on.in(normals(shape, 4)),
                                                     .scalars = on.in(step_table()),
                                                     .at = on.in(scalar_i32(step)),
                                                     .step = on.in(scalar_i32(step)),
                                                     .segments = on.in(segment_array(segments)),
                                                     .params = {form, flag}});
                        return on.outputs();
                      }});
    }
}

void add_rmsprop(List& list) {
  static const std::vector<Segment> segments{{0, 33001, 0}, {33001, 13, 1}, {33020, 980, 1}};
  const Shape shape{34000};
  for (const OptimizerForm form : {OptimizerForm::keras, OptimizerForm::pytorch})
    for (int mode = 0; mode < 3; ++mode) {  // plain; centered, with momentum; adagrad
      const RmsPropParams params{form, mode == 1, mode == 2};
      list.push_back(
          {"rmsprop " + std::to_string(static_cast<int>(form)) + std::to_string(mode), 1e-6,
           [=](Backend& backend) {
             Stage on(backend);
             const Array zeros = zero_array(shape);
             const std::vector<View> out = on.out({normals(shape, 1), zeros, zeros, zeros});
             for (int step = 0; step < 3; ++step)
               backend.run(verb::RmsPropStep{
                   .values = out[0],
                   .squares = out[1],
                   .means = params.centered ? out[2] : View{},
                   .velocity = mode == 1 ? out[3] : View{},
                   .grads = on.in(normals(shape, 4)),
                   .scalars = on.in(mode == 1 ? scalar_table() : no_momentum_table()),
                   .segments = on.in(segment_array(segments)),
                   .params = params});
             return on.outputs();
           }});
    }
}

// Random numbers: the uniform ones to the bit, the normal ones but for the functions they are made
// of.
void add_random(List& list) {
  for (const std::int64_t n : {1, 7, 40001})
    for (const Distribution distribution : {Distribution::uniform, Distribution::normal})
      list.push_back(
          {"random " + std::to_string(static_cast<int>(distribution)) + " " + std::to_string(n),
           distribution == Distribution::uniform ? 1e-7 : 1e-5, [=](Backend& backend) {
             Stage on(backend);
             const std::vector<View> out = on.out({poisoned({n}), poisoned({n})});
             backend.run(verb::Random{
                 .y = out[0],
                 .params = {.distribution = distribution, .a = -1, .b = 2, .seed = 5}});
             backend.run(
                 verb::Random{.y = out[1],
                              .step = on.in(scalar_i32(3)),
                              .params = {.distribution = distribution, .seed = 6, .stream = 1}});
             return on.outputs();
           }});
}

// What an index that does not exist gives; added gradients, and integers.
void add_missing_index(List& list) {
  for (const DType dtype : {DType::f32, DType::i32})
    for (const Write write : kWrites)
      list.push_back(
          {"gather and scatter_add" + word(write) + " " + name_of(dtype), 0, [=](Backend& backend) {
             Stage on(backend);
             Array index = i32_values({2, 9, 70}, 1, 7);
             for (const int at : {0, 5, 69, 700})
               index.view().as<std::int32_t>()[at] = at % 2 == 0 ? -1 : 5;
             Array x = i32_values({2, 5, 70}, 2, 50), onto = i32_values({2, 5, 70}, 3, 9);
             if (dtype == DType::f32) {
               x = integers({2, 5, 70}, 2);
               onto = integers({2, 5, 70}, 3);
             }
             const std::vector<View> out = on.out({poisoned({2, 9, 70}, dtype), onto});
             const View at = on.in(index);
             backend.run(verb::Gather{.y = out[0], .x = on.in(x), .index = at});
             const Array from =
                 dtype == DType::f32 ? integers({2, 9, 70}, 4) : i32_values({2, 9, 70}, 4, 9);
             backend.run(
                 verb::ScatterAdd{.y = out[1], .x = on.in(from), .index = at, .write = write});
             return on.outputs();
           }});
}

void add_cast(List& list) {
  list.push_back({"cast numbers beyond a type's range", 0, [](Backend& backend) {
                    Stage on(backend);
                    Array x = poisoned({9});
                    const float values[] = {-1e20f, -1.75f, -0.5f, 0.99f,        254.9f,
                                            256.0f, 3e9f,   1e30f, std::nanf("")};
                    std::memcpy(x.bytes.data(), values, sizeof values);
                    const View from = on.in(x);
                    const std::vector<View> out =
                        on.out({poisoned({9}, DType::u8), poisoned({9}, DType::i32)});
                    for (const View& view : out) backend.run(verb::Cast{.y = view, .x = from});
                    return on.outputs();
                  }});
}

void add_gather(List& list) {
  list.push_back(
      {"gather_batch", 0, [](Backend& backend) {
         Stage on(backend);
         const Shape xs{70, 5, 3, 2};
         Array images = poisoned({50, 5, 3, 2}, DType::u8);
         for (std::size_t i = 0; i < images.bytes.size(); ++i)
           images.bytes[i] = static_cast<unsigned char>(i * 7);
         const std::vector<View> out = on.out({poisoned(xs), poisoned({70}, DType::i32)});
         backend.run(verb::GatherBatch{.x = out[0],
                                       .labels = out[1],
                                       .images = on.in(images),
                                       .all_labels = on.in(i32_values({50}, 1, 10)),
                                       .order = on.in(i32_values({80}, 2, 50)),
                                       .cursor = on.in(scalar_i32(10)),
                                       .params = {.scale = 1.0f / 128, .offset = -1}});
         return on.outputs();
       }});
  for (const DType dtype : {DType::f32, DType::i32, DType::u8})
    list.push_back({"gather_rows " + std::string(name_of(dtype)), 0, [dtype](Backend& backend) {
                      Stage on(backend);
                      Array x = poisoned({50, 3}, dtype);
                      for (std::size_t i = 0; i < x.bytes.size(); ++i)
                        x.bytes[i] = static_cast<unsigned char>(i * 5 % 120);
                      const View y = on.out({poisoned({70, 3}, dtype)})[0];
                      backend.run(verb::GatherRows{.y = y,
                                                   .x = on.in(x),
                                                   .order = on.in(i32_values({80}, 2, 50)),
                                                   .cursor = on.in(scalar_i32(10))});
                      return on.outputs();
                    }});
}

// Maps of every kind: the identity, flips, whole and half pixels, turns, far outside.
Array maps(int count) {
  Array array = poisoned({count, 6});
  float* m = array.view().as<float>();
  PhiloxStream random(5);
  for (int i = 0; i < count; ++i, m += 6) {
    const float turn = static_cast<float>(random.uniform()) - 0.5f;
    const float rows[6][6] = {{1, 0, 0, 0, 1, 0},
                              {1, 0, 0, 0, -1, 0},
                              {1, 0, 2, 0, 1, -3},
                              {1, 0, 0.5f, 0, 1, 0.25f},
                              {1, turn, 0.3f, -turn, 0.8f, turn},
                              {1, 0, 1e30f, 0, 1, -1e30f}};
    std::copy(rows[i % 6], rows[i % 6] + 6, m);
  }
  return array;
}

void add_augment(List& list) {
  for (const Shape& shape : {Shape{12, 7, 5, 3}, Shape{6, 28, 28, 1}, Shape{1, 1, 1, 1}}) {
    list.push_back({"affine_resample " + shape.str(), 0, [shape](Backend& backend) {
                      Stage on(backend);
                      const View y = on.out({poisoned(shape)})[0];
                      backend.run(
                          verb::AffineResample{.y = y,
                                               .x = on.in(normals(shape, 1)),
                                               .maps = on.in(maps(static_cast<int>(shape[0]))),
                                               .fill = 0.5f});
                      return on.outputs();
                    }});
    for (const bool with_b : {true, false})
      list.push_back({fmt::format("box_blend {}{}", shape.str(), with_b ? "" : " alone"), 0,
                      [shape, with_b](Backend& backend) {
                        Stage on(backend);
                        const View y = on.out({poisoned(shape)})[0];
                        backend.run(
                            verb::BoxBlend{.y = y,
                                           .a = on.in(normals(shape, 1)),
                                           .b = with_b ? on.in(normals(shape, 2)) : View{},
                                           .rows = on.in(integers({shape[0], kBoxColumns}, 3, 6))});
                        return on.outputs();
                      }});
  }
}

}  // namespace

const std::vector<VerbCase>& verb_cases() {
  static const List cases = [] {
    List list;
    add_memory(list);
    add_in_place(list);
    add_metrics(list);
    add_optimizers(list);
    add_rmsprop(list);
    add_random(list);
    add_missing_index(list);
    add_cast(list);
    add_gather(list);
    add_augment(list);
    return list;
  }();
  return cases;
}

}  // namespace hone::test
