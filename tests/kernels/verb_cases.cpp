// Arrays and comparisons, and the cases of all verbs but the convolutions.
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

void add_unary(List& list) {
  for (int op = 0; op <= static_cast<int>(UnaryOp::shift); ++op) {
    const UnaryParams params{static_cast<UnaryOp>(op), -1.5};
    const bool positive = params.op == UnaryOp::log || params.op == UnaryOp::sqrt;
    for (const std::int64_t n : {5, 33001})
      for (const Write write : kWrites)
        list.push_back(
            {"unary " + std::to_string(op) + word(write) + std::to_string(n), 1e-6,
             [=](Backend& backend) {
               Stage on(backend);
               const View x = on.in(normals({n}, 5));
               if (positive) backend.run(verb::Unary{.y = x, .x = x, .params = {UnaryOp::abs}});
               const std::vector<View> out =
                   on.out({poisoned({n}), output({n}, write), normals({n}, 6)});
               const View dy = on.in(normals({n}, 6));
               backend.run(verb::Unary{.y = out[0], .x = x, .params = params});
               backend.run(verb::UnaryBackward{
                   .dx = out[1], .dy = dy, .x = x, .y = out[0], .params = params, .write = write});
               // dx in the memory of dy.
               backend.run(verb::UnaryBackward{.dx = out[2],
                                               .dy = out[2],
                                               .x = x,
                                               .y = out[0],
                                               .params = params,
                                               .write = Write::set});
               return on.outputs();
             }});
  }
}

void add_binary(List& list) {
  const std::pair<Shape, Shape> shapes[] = {{{}, {}},
                                            {{3, 33001}, {3, 33001}},
                                            {{40, 33}, {33}},
                                            {{33}, {40, 33}},
                                            {{2, 3, 4, 5}, {}},
                                            {{}, {2, 3, 4, 5}},
                                            {{7, 1, 5}, {1, 6, 1}},
                                            {{4, 1, 3, 1}, {2, 1, 6}},
                                            {{33001, 1}, {1, 3}},
                                            {{2, 5, 5, 3}, {2, 1, 1, 3}},
                                            {{1, 1}, {1}}};
  for (const auto& [a_shape, b_shape] : shapes)
    for (const BinaryOp op :
         {BinaryOp::add, BinaryOp::subtract, BinaryOp::multiply, BinaryOp::divide})
      list.push_back({"binary " + std::to_string(static_cast<int>(op)) + " " + a_shape.str() + " " +
                          b_shape.str(),
                      0, [=, a_shape = a_shape, b_shape = b_shape](Backend& backend) {
                        Stage on(backend);
                        const std::vector<View> out =
                            on.out({poisoned(broadcast_shapes("test", a_shape, b_shape))});
                        backend.run(verb::Binary{.y = out[0],
                                                 .a = on.in(normals(a_shape, 7)),
                                                 .b = on.in(normals(b_shape, 8)),
                                                 .op = op});
                        return on.outputs();
                      }});
}

void add_reduce(List& list) {
  const std::pair<Shape, Shape> shapes[] = {{{1}, {1}},
                                            {{1}, {70001}},
                                            {{1, 1}, {37, 501}},
                                            {{1, 33}, {2001, 33}},
                                            {{57, 1}, {57, 300}},
                                            {{3, 1, 5}, {3, 7, 5}},
                                            {{1, 4, 1}, {6, 4, 9}},
                                            {{1, 3, 1, 5}, {2, 3, 4, 5}},
                                            {{4, 3}, {4, 3}},
                                            {{1, 1, 1, 8}, {16, 11, 11, 8}},
                                            {{9001, 1}, {9001, 3}}};
  for (const auto& [small, large] : shapes)
    for (const Write write : kWrites) {
      for (const ReduceOp op : {ReduceOp::sum})
        list.push_back(
            {"reduce " + std::to_string(static_cast<int>(op)) + word(write) + large.str() + " to " +
                 small.str(),
             3e-6, [=, small = small, large = large](Backend& backend) {
               Stage on(backend);
               const std::vector<View> out = on.out({output(small, write)});
               backend.run(verb::Reduce{
                   .y = out[0], .x = on.in(normals(large, 9)), .op = op, .write = write});
               return on.outputs();
             }});
      list.push_back({"broadcast_to" + word(write) + small.str() + " to " + large.str(), 0,
                      [=, small = small, large = large](Backend& backend) {
                        Stage on(backend);
                        const std::vector<View> out = on.out({output(large, write)});
                        backend.run(verb::BroadcastTo{
                            .y = out[0], .x = on.in(normals(small, 9)), .write = write});
                        return on.outputs();
                      }});
    }
}

void add_dropout(List& list) {
  for (const double p : {0.0, 0.25, 0.5, 1.0})
    for (const std::int64_t n : {1, 13, 33001})
      for (const Write write : kWrites)
        list.push_back({"dropout " + std::to_string(p) + word(write) + std::to_string(n), 0,
                        [=](Backend& backend) {
                          Stage on(backend);
                          const std::vector<View> out = on.out({output({n}, write)});
                          backend.run(
                              verb::Dropout{.y = out[0],
                                            .x = on.in(normals({n}, 4)),
                                            .step = on.in(scalar_i32(77)),
                                            .row = on.in(dropout_array(p, 1234567890123ull)),
                                            .params = {.stream = 3},
                                            .write = write});
                          return on.outputs();
                        }});
}

void add_matmul(List& list) {
  const std::int64_t sizes[][3] = {{1, 1, 1},     {3, 5, 7},      {128, 128, 64}, {129, 257, 33},
                                   {300, 10, 77}, {17, 520, 131}, {5, 3, 0}};
  for (const auto& [m, n, k] : sizes)
    for (const Write write : kWrites)
      for (int t = 0; t < 4; ++t) {
        const MatmulParams params{(t & 1) != 0, (t & 2) != 0};
        const Shape a = params.transpose_a ? Shape{k, m} : Shape{m, k};
        const Shape b = params.transpose_b ? Shape{n, k} : Shape{k, n};
        const Shape c{m, n};
        list.push_back({"matmul " + a.str() + b.str() + std::to_string(t) + word(write), 3e-6,
                        [=](Backend& backend) {
                          Stage on(backend);
                          const std::vector<View> out = on.out({output(c, write)});
                          backend.run(verb::Matmul{.c = out[0],
                                                   .a = on.in(normals(a, 1)),
                                                   .b = on.in(normals(b, 2)),
                                                   .params = params,
                                                   .write = write});
                          return on.outputs();
                        }});
      }
}

void add_linear(List& list) {
  const std::int64_t sizes[][3] = {{1, 1, 1}, {1, 30, 10}, {128, 200, 128}, {37, 129, 300}};
  for (const auto& [n, in, out_features] : sizes)
    for (const bool relu : {false, true})
      for (const bool bias : {false, true})
        for (const Write write : kWrites) {
          const Shape xs{n, in}, ws{in, out_features}, ys{n, out_features}, bs{out_features};
          list.push_back(
              {"linear " + xs.str() + ws.str() + (relu ? " relu" : "") + (bias ? " bias" : "") +
                   word(write),
               0, [=](Backend& backend) {
                 Stage on(backend);
                 const View x = on.in(integers(xs, 1)), w = on.in(integers(ws, 2)),
                            b = on.in(integers(bs, 3));
                 const View dy = on.in(integers(ys, 4));
                 const std::vector<View> out = on.out(
                     {poisoned(ys), output(xs, write), output(ws, write), output(bs, write)});
                 const LinearParams params{relu};
                 backend.run(verb::LinearForward{
                     .y = out[0], .x = x, .w = w, .b = bias ? b : ConstView{}, .params = params});
                 const ConstView y = out[0];
                 backend.run(verb::LinearBackwardInput{
                     .dx = out[1], .dy = dy, .y = y, .w = w, .params = params, .write = write});
                 backend.run(verb::LinearBackwardWeight{.dw = out[2],
                                                        .db = bias ? out[3] : View{},
                                                        .dy = dy,
                                                        .y = y,
                                                        .x = x,
                                                        .params = params,
                                                        .write = write});
                 return on.outputs();
               }});
        }
}

void add_maxpool2d(List& list) {
  for (const Shape& xs : {Shape{1, 2, 2, 1}, Shape{3, 7, 5, 3}, Shape{2, 12, 13, 17}})
    for (const Pool2dParams params : {Pool2dParams{2, 2}, Pool2dParams{2, 1}, Pool2dParams{3, 2}})
      for (const Write write : kWrites) {
        const Shape ys{xs[0], params.out(xs[1]), params.out(xs[2]), xs[3]};
        list.push_back(
            {"maxpool2d " + xs.str() + ys.str() + word(write), 0, [=](Backend& backend) {
               Stage on(backend);
               const View x = on.in(integers(xs, 1, 1)), dy = on.in(integers(ys, 2));
               const std::vector<View> out =
                   on.out({poisoned(ys), poisoned(ys, DType::u8), output(xs, write)});
               backend.run(
                   verb::MaxPool2dForward{.y = out[0], .argmax = out[1], .x = x, .params = params});
               backend.run(verb::MaxPool2dBackward{
                   .dx = out[2], .dy = dy, .argmax = out[1], .params = params, .write = write});
               return on.outputs();
             }});
      }
}

void add_loss(List& list) {
  for (const Shape& shape : {Shape{1, 1}, Shape{1, 10}, Shape{130, 10}, Shape{7, 1000}})
    for (const Write write : kWrites)
      list.push_back(
          {"softmax and losses " + shape.str() + word(write), 2e-6, [=](Backend& backend) {
             Stage on(backend);
             const View logits = on.in(normals(shape, 1));
             backend.run(verb::Unary{.y = logits, .x = logits, .params = {UnaryOp::scale, 20}});
             const View labels = on.in(i32_values({shape[0]}, 2, static_cast<int>(shape[1])));
             const View dy = on.in(normals(shape, 3)), dloss = on.in(normals({}, 4));
             const std::vector<View> out =
                 on.out({poisoned(shape), output(shape, write), poisoned({}), poisoned(shape),
                         output(shape, write), poisoned({kMetricSums}, DType::f64),
                         poisoned({kMetricSums + 2}, DType::f64)});
             backend.run(verb::Softmax{.y = out[0], .x = logits});
             backend.run(
                 verb::SoftmaxBackward{.dx = out[1], .dy = dy, .y = out[0], .write = write});
             backend.run(verb::SoftmaxCrossEntropyForward{
                 .loss = out[2], .probabilities = out[3], .logits = logits, .labels = labels});
             backend.run(verb::SoftmaxCrossEntropyBackward{.dlogits = out[4],
                                                           .probabilities = out[3],
                                                           .labels = labels,
                                                           .dloss = dloss,
                                                           .write = write});
             // A loss that is the same everywhere: the sums are f64 and compared exactly.
             const View loss = on.in(integers({}, 5));
             backend.run(verb::Fill{.y = out[5], .value = 0});
             for (int step = 0; step < 2; ++step)
               backend.run(verb::AccumulateMetrics{.sums = out[5],
                                                   .loss = loss,
                                                   .logits = logits,
                                                   .labels = labels,
                                                   .step = on.in(scalar_i32(step))});
             // A loss that has no labels, and a value of a column behind those of MetricSum.
             const View more = out[6];
             backend.run(verb::Fill{.y = more, .value = 0});
             backend.run(verb::AccumulateMetrics{
                 .sums = more, .loss = loss, .step = on.in(scalar_i32(0)), .rows = 5});
             backend.run(verb::AccumulateValue{
                 .sums = more, .value = loss, .column = kMetricSums + 1, .rows = 3});
             return on.outputs();
           }});
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
  std::memset(table.bytes.data(), 0, table.bytes.size());
  std::memcpy(table.bytes.data() + one.bytes.size(), one.bytes.data(), one.bytes.size());
  std::memcpy(table.bytes.data() + 2 * one.bytes.size(), one.bytes.data(), one.bytes.size());
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

}  // namespace

const std::vector<VerbCase>& verb_cases() {
  static const List cases = [] {
    List list;
    add_memory(list);
    add_unary(list);
    add_binary(list);
    add_reduce(list);
    add_dropout(list);
    add_matmul(list);
    add_linear(list);
    add_maxpool2d(list);
    add_loss(list);
    add_optimizers(list);
    add_gather(list);
    for (VerbCase& each : conv2d_cases()) list.push_back(std::move(each));
    return list;
  }();
  return cases;
}

}  // namespace hone::test
