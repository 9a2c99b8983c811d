// Looking at what a loss was computed from: the ops on this thread's tape with their shapes, values
// and gradients, as data, as text and as a picture.
//
//   const KeepValues keep;
//   const Tensor loss = ops::mse(ops::matmul(x, w), y);
//   std::cout << tape_text(loss, {.names = {{"w", w}}});
//   loss.backward();   // as if nobody had looked
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tensor/tensor.h"

namespace hone {

// While one is alive on this thread, the tape keeps the values of all that is recorded, until
// backward() has passed. Without it the tape has only what the gradients need, and a view of it
// shows shapes and gradients, no values.
class KeepValues {
 public:
  KeepValues();
  KeepValues(const KeepValues&) = delete;
  KeepValues& operator=(const KeepValues&) = delete;
  ~KeepValues();

 private:
  bool previous_;
};

// One op that the loss depends on, or a tensor that no op made.
struct TapeEntry {
  std::string name;  // of the op; of a leaf the given one, else "leaf", or "constant": no gradient
  bool leaf = false;
  Shape shape;
  DType dtype = DType::f32;
  std::vector<std::size_t> inputs = {};  // entries before this one
  Tensor value = {};                     // undefined when it was not kept
  Tensor gradient = {};  // of the loss with respect to it; undefined where none arrives
};

struct TapeOptions {
  std::vector<std::pair<std::string, Tensor>> names = {};  // of leaves
};

// What the loss was computed from, inputs before what they go into, the loss last. Computes all
// gradients, and leaves the tape and every grad() as they were. Throws as backward() does.
std::vector<TapeEntry> tape_entries(const Tensor& loss, const TapeOptions& options = {});

// One line an entry: name, shape, values, gradients (all of up to four numbers, else mean, least
// and greatest), and the numbers of the entries that it was computed from.
std::string tape_text(const Tensor& loss, const TapeOptions& options = {});

// The same as a picture, an SVG document: ops from top to bottom in the order in which they ran,
// leaves at their left.
std::string tape_svg(const Tensor& loss, const TapeOptions& options = {});

// Runs loss.backward(), and tells before the backward of each op its place on the tape, from 0, as
// tape_size() counts; the last first. For tools that measure.
void watch_backward(const Tensor& loss, const std::function<void(std::size_t node)>& before);

}  // namespace hone
