// The cases of convolution blocks: awkward extents, all flags. The inputs are whole numbers, so
// that every algorithm must give exactly the values of ref, ties of the arg-max included.
#include "tests/kernels/verb_cases.h"

namespace hone::test {
namespace {

struct Extents {
  Shape x;
  std::int64_t cout;
  Conv2dParams params;
};

Conv2dParams kernel(int size, int stride = 1) {
  return {.kernel_h = size, .kernel_w = size, .stride_h = stride, .stride_w = stride};
}

// 'same': the odd remainder goes to the bottom and right.
Conv2dParams same(int height, int width) {
  return {.kernel_h = height,
          .kernel_w = width,
          .pad_top = (height - 1) / 2,
          .pad_bottom = height / 2,
          .pad_left = (width - 1) / 2,
          .pad_right = width / 2};
}

std::vector<Extents> extents() {
  Conv2dParams lopsided = kernel(3, 2);
  lopsided.pad_bottom = lopsided.pad_right = 1;
  Conv2dParams wide = kernel(3);  // more padding than kernel
  wide.pad_top = wide.pad_left = wide.pad_right = wide.pad_bottom = 4;
  return {{{1, 1, 1, 1}, 1, kernel(1)},     {{1, 2, 2, 1}, 1, kernel(1)},
          {{2, 7, 9, 3}, 5, kernel(3)},     {{3, 28, 28, 1}, 32, kernel(3)},
          {{2, 13, 13, 32}, 64, kernel(3)}, {{20, 8, 8, 1}, 16, kernel(3)},
          {{2, 8, 7, 3}, 4, same(4, 3)},    {{1, 14, 14, 16}, 33, same(5, 5)},
          {{2, 11, 10, 3}, 8, kernel(7)},   {{2, 9, 9, 32}, 17, kernel(1)},
          {{3, 10, 11, 2}, 6, lopsided},    {{1, 9, 8, 3}, 7, kernel(3, 3)},
          {{1, 4, 5, 2}, 3, wide},          {{1, 40, 70, 24}, 20, same(3, 3)},
          {{2, 6, 6, 48}, 96, same(3, 3)},  {{9, 12, 12, 20}, 48, same(3, 3)}};
}

VerbCase block(const Extents& e, bool relu, bool pool, bool bias, Write write) {
  Conv2dParams params = e.params;
  params.relu = relu;
  params.pool = pool;
  const std::int64_t cout = e.cout, cin = e.x[3];
  const Shape xs = e.x, ws{cout, params.kernel_h, params.kernel_w, cin}, bs{cout};
  const Shape ys{xs[0], params.out_h(xs[1]), params.out_w(xs[2]), cout};
  const std::string name = "conv2d " + xs.str() + ws.str() + (relu ? " relu" : "") +
                           (pool ? " pool" : "") + (bias ? " bias" : "") +
                           (write == Write::set ? " set" : " add");
  return {name, 0, [=](Backend& backend) {
            Stage on(backend);
            const View x = on.in(integers(xs, 1, 2)), w = on.in(integers(ws, 2, 2)),
                       b = on.in(integers(bs, 3));
            const View dy = on.in(integers(ys, 4));
            const std::vector<View> out =
                on.out({poisoned(ys), poisoned(pool ? ys : Shape{0}, DType::u8), output(xs, write),
                        output(ws, write), output(bs, write)});
            const View argmax = pool ? out[1] : View{};
            const ConstView y = out[0];
            backend.run(verb::Conv2dForward{.y = out[0],
                                            .argmax = argmax,
                                            .x = x,
                                            .w = w,
                                            .b = bias ? b : ConstView{},
                                            .params = params});
            backend.run(verb::Conv2dBackwardInput{.dx = out[2],
                                                  .dy = dy,
                                                  .y = y,
                                                  .argmax = argmax,
                                                  .w = w,
                                                  .params = params,
                                                  .write = write});
            backend.run(verb::Conv2dBackwardWeight{.dw = out[3],
                                                   .db = bias ? out[4] : View{},
                                                   .dy = dy,
                                                   .y = y,
                                                   .argmax = argmax,
                                                   .x = x,
                                                   .params = params,
                                                   .write = write});
            return on.outputs();
          }};
}

}  // namespace

std::vector<VerbCase> conv2d_cases() {
  std::vector<VerbCase> cases;
  int turn = 0;
  for (const Extents& e : extents()) {
    for (const bool pool : {false, true})
      for (const bool relu : {false, true}) {
        // Each combination of bias and write meets each combination of the other flags.
        const bool bias = turn % 4 != 0;
        cases.push_back(block(e, relu, pool, bias, turn % 3 == 0 ? Write::add : Write::set));
        ++turn;
      }
  }
  return cases;
}

}  // namespace hone::test
