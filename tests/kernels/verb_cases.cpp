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
                      Outputs out{poisoned({n}), poisoned({n}, DType::u8),
                                  poisoned({n}, DType::i32), poisoned({n}, DType::f64)};
                      for (Array& array : out) backend.fill(array.view(), 3);
                      return out;
                    }});
    for (const Write write : kWrites)
      list.push_back({"copy" + word(write) + std::to_string(n), 0, [=](Backend& backend) {
                        Outputs out{output({n}, write)};
                        backend.copy(out[0].view(), integers({n}, 1).view(), write);
                        return out;
                      }});
  }
  list.push_back({"copy and advance counters", 0, [](Backend& backend) {
                    const Array from = i32_values({5}, 3, 100);
                    Outputs out{poisoned({5}, DType::i32)};
                    backend.copy(out[0].view(), from.view());
                    backend.advance(out[0].view(), 2, 17);
                    backend.advance(out[0].view(), 4, -1);
                    return out;
                  }});
}

void add_unary(List& list) {
  for (int op = 0; op <= static_cast<int>(UnaryOp::shift); ++op) {
    const UnaryParams params{static_cast<UnaryOp>(op), -1.5};
    const bool positive = params.op == UnaryOp::log || params.op == UnaryOp::sqrt;
    for (const std::int64_t n : {5, 33001})
      for (const Write write : kWrites)
        list.push_back({"unary " + std::to_string(op) + word(write) + std::to_string(n), 1e-6,
                        [=](Backend& backend) {
                          Array x = normals({n}, 5);
                          if (positive) backend.unary(x.view(), x.view(), {UnaryOp::abs});
                          Outputs out{poisoned({n}), output({n}, write), normals({n}, 6)};
                          const Array dy = normals({n}, 6);
                          backend.unary(out[0].view(), x.view(), params);
                          backend.unary_backward(out[1].view(), dy.view(), x.view(), out[0].view(),
                                                 params, write);
                          // dx in the memory of dy.
                          backend.unary_backward(out[2].view(), out[2].view(), x.view(),
                                                 out[0].view(), params, Write::set);
                          return out;
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
                        Outputs out{poisoned(broadcast_shapes("test", a_shape, b_shape))};
                        backend.binary(out[0].view(), normals(a_shape, 7).view(),
                                       normals(b_shape, 8).view(), op);
                        return out;
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
        list.push_back({"reduce " + std::to_string(static_cast<int>(op)) + word(write) +
                            large.str() + " to " + small.str(),
                        3e-6, [=, small = small, large = large](Backend& backend) {
                          Outputs out{output(small, write)};
                          backend.reduce(out[0].view(), normals(large, 9).view(), op, write);
                          return out;
                        }});
      list.push_back({"broadcast_to" + word(write) + small.str() + " to " + large.str(), 0,
                      [=, small = small, large = large](Backend& backend) {
                        Outputs out{output(large, write)};
                        backend.broadcast_to(out[0].view(), normals(small, 9).view(), write);
                        return out;
                      }});
    }
}

void add_dropout(List& list) {
  for (const double p : {0.0, 0.25, 0.5, 1.0})
    for (const std::int64_t n : {1, 13, 33001})
      for (const Write write : kWrites)
        list.push_back({"dropout " + std::to_string(p) + word(write) + std::to_string(n), 0,
                        [=](Backend& backend) {
                          Outputs out{output({n}, write)};
                          const DropoutParams params{.p = p, .seed = 1234567890123ull, .stream = 3};
                          backend.dropout(out[0].view(), normals({n}, 4).view(),
                                          scalar_i32(77).view(), params, write);
                          return out;
                        }});
}

void add_matmul(List& list) {
  const std::int64_t sizes[][3] = {{1, 1, 1},     {3, 5, 7},      {128, 128, 64}, {129, 257, 33},
                                   {300, 10, 77}, {17, 520, 131}, {5, 3, 0}};
  for (const auto& [m, n, k] : sizes)
    for (const Write write : kWrites)
      for (int t = 0; t < 4; ++t) {
        const MatmulParams params{(t & 1) != 0, (t & 2) != 0, write};
        const Shape a = params.transpose_a ? Shape{k, m} : Shape{m, k};
        const Shape b = params.transpose_b ? Shape{n, k} : Shape{k, n};
        const Shape c{m, n};
        list.push_back({"matmul " + a.str() + b.str() + std::to_string(t) + word(write), 3e-6,
                        [=](Backend& backend) {
                          Outputs out{output(c, write)};
                          backend.matmul(out[0].view(), normals(a, 1).view(), normals(b, 2).view(),
                                         params);
                          return out;
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
                 const Array x = integers(xs, 1), w = integers(ws, 2), b = integers(bs, 3);
                 const Array dy = integers(ys, 4);
                 Outputs out{poisoned(ys), output(xs, write), output(ws, write), output(bs, write)};
                 const LinearParams params{relu};
                 backend.linear_forward(out[0].view(), x.view(), w.view(),
                                        bias ? b.view() : ConstView{}, params);
                 const ConstView y = out[0].view();
                 backend.linear_backward_input(out[1].view(), dy.view(), y, w.view(), params,
                                               write);
                 backend.linear_backward_weight(out[2].view(), bias ? out[3].view() : View{},
                                                dy.view(), y, x.view(), params, write);
                 return out;
               }});
        }
}

void add_maxpool2d(List& list) {
  for (const Shape& xs : {Shape{1, 2, 2, 1}, Shape{3, 7, 5, 3}, Shape{2, 12, 13, 17}})
    for (const Pool2dParams params : {Pool2dParams{2, 2}, Pool2dParams{2, 1}, Pool2dParams{3, 2}})
      for (const Write write : kWrites) {
        const Shape ys{xs[0], params.out(xs[1]), params.out(xs[2]), xs[3]};
        list.push_back({"maxpool2d " + xs.str() + ys.str() + word(write), 0, [=](Backend& backend) {
                          const Array x = integers(xs, 1, 1), dy = integers(ys, 2);
                          Outputs out{poisoned(ys), poisoned(ys, DType::u8), output(xs, write)};
                          backend.maxpool2d_forward(out[0].view(), out[1].view(), x.view(), params);
                          backend.maxpool2d_backward(out[2].view(), dy.view(), out[1].view(),
                                                     params, write);
                          return out;
                        }});
      }
}

void add_loss(List& list) {
  for (const Shape& shape : {Shape{1, 1}, Shape{1, 10}, Shape{130, 10}, Shape{7, 1000}})
    for (const Write write : kWrites)
      list.push_back(
          {"softmax and losses " + shape.str() + word(write), 2e-6, [=](Backend& backend) {
             Array logits = normals(shape, 1);
             backend.unary(logits.view(), logits.view(), {UnaryOp::scale, 20});
             const Array labels = i32_values({shape[0]}, 2, static_cast<int>(shape[1]));
             const Array dy = normals(shape, 3), dloss = normals({}, 4);
             Outputs out{poisoned(shape),      output(shape, write),
                         poisoned({}),         poisoned(shape),
                         output(shape, write), poisoned({kMetricSums}, DType::f64)};
             backend.softmax(out[0].view(), logits.view());
             backend.softmax_backward(out[1].view(), dy.view(), out[0].view(), write);
             backend.softmax_cross_entropy_forward(out[2].view(), out[3].view(), logits.view(),
                                                   labels.view());
             backend.softmax_cross_entropy_backward(out[4].view(), out[3].view(), labels.view(),
                                                    dloss.view(), write);
             // A loss that is the same everywhere: the sums are f64 and compared exactly.
             const Array loss = integers({}, 5);
             backend.fill(out[5].view(), 0);
             for (int step = 0; step < 2; ++step)
               backend.accumulate_metrics(out[5].view(), loss.view(), logits.view(), labels.view(),
                                          scalar_i32(step).view());
             return out;
           }});
}

Array scalar_table() {
  Array table = poisoned({2, kScalarColumns});
  const float rows[2][kScalarColumns] = {{0.01f, 0.9f, 0.999f, 1e-7f, 0.02f},
                                         {0.003f, 0.0f, 0.99f, 1e-3f, 0.0f}};
  std::memcpy(table.bytes.data(), rows, sizeof rows);
  return table;
}

void add_optimizers(List& list) {
  static const std::vector<Segment> segments{{0, 33001, 0}, {33001, 13, 1}, {33020, 980, 1}};
  const Shape shape{34000};
  for (const OptimizerForm form : {OptimizerForm::keras, OptimizerForm::pytorch})
    for (const bool flag : {false, true}) {
      const std::string name = std::to_string(static_cast<int>(form)) + std::to_string(flag);
      list.push_back({"sgd " + name, 1e-6, [=](Backend& backend) {
                        Outputs out{normals(shape, 1), normals(shape, 2)};
                        for (int i = 0; i < 3; ++i)
                          backend.sgd_step(out[0].view(), out[1].view(), normals(shape, 3).view(),
                                           scalar_table().view(), segments, {form, flag});
                        return out;
                      }});
      list.push_back({"adam " + name, 1e-6, [=](Backend& backend) {
                        Outputs out{normals(shape, 1), normals(shape, 2), normals(shape, 3)};
                        backend.unary(out[2].view(), out[2].view(), {UnaryOp::square});
                        for (int step = 1; step <= 3; ++step)
                          backend.adam_step(out[0].view(), out[1].view(), out[2].view(),
                                            normals(shape, 4).view(), scalar_table().view(),
                                            scalar_i32(step).view(), segments, {form, flag});
                        return out;
                      }});
    }
}

void add_gather(List& list) {
  list.push_back({"gather_batch", 0, [](Backend& backend) {
                    const Shape xs{70, 5, 3, 2};
                    Array images = poisoned({50, 5, 3, 2}, DType::u8);
                    for (std::size_t i = 0; i < images.bytes.size(); ++i)
                      images.bytes[i] = static_cast<unsigned char>(i * 7);
                    Outputs out{poisoned(xs), poisoned({70}, DType::i32)};
                    backend.gather_batch(out[0].view(), out[1].view(), images.view(),
                                         i32_values({50}, 1, 10).view(),
                                         i32_values({80}, 2, 50).view(), scalar_i32(10).view(),
                                         {.scale = 1.0f / 128, .offset = -1});
                    return out;
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
