// Looking at the tape, and numbers beside tensors.
#include "tensor/tape_view.h"

#include <algorithm>
#include <vector>

#include "tests/tensor/test_backends.h"

using namespace hone;

namespace {

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

}  // namespace

TEST_CASE("tape entries: a loss is shown with shapes, values and gradients, and nothing changes") {
  for (const char* name : {"ref", "cpu"}) {
    const Bound bound(name);
    const Tensor x = Tensor::from({1, 2, 3, 4, 5, 6, 7, 8}, {4, 2});
    const Tensor y = Tensor::from({0, 1, 2, 3}, {4, 1});
    Tensor w = Tensor::from({1, -1}, {2, 1});
    w.set_requires_grad();
    ops::sum(w).backward();  // a gradient that is there already
    const KeepValues keep;
    const Tensor unrelated = 2 * w;
    const Tensor loss = ops::sum(ops::square(ops::matmul(x, w) - y));
    const std::size_t nodes = tape_size();
    const std::vector<TapeEntry> entries =
        tape_entries(loss, {.names = {{"x", x}, {"w", w}, {"y", y}}});
    CHECK(tape_size() == nodes);
    CHECK(w.grad().to_vector() == std::vector<float>{1, 1});
    std::vector<std::string> names;
    for (const TapeEntry& entry : entries) names.push_back(entry.name);
    CHECK(names == std::vector<std::string>{"x", "w", "matmul", "y", "subtract", "square", "sum"});
    CHECK(entries[2].inputs == std::vector<std::size_t>{0, 1});
    CHECK(entries[1].leaf);
    CHECK(entries[0].shape == Shape{4, 2});
    CHECK(entries[1].gradient.to_vector() == std::vector<float>{-100, -120});
    CHECK(!entries[0].gradient.defined());
    CHECK(entries[4].value.to_vector() == std::vector<float>{-1, -2, -3, -4});
    CHECK(entries[4].gradient.to_vector() == std::vector<float>{-2, -4, -6, -8});
    CHECK(entries[6].value.item() == 30);
    loss.backward();  // as if nobody had looked; added to what was there
    CHECK(w.grad().to_vector() == std::vector<float>{-99, -119});
    clear_tape();
  }
}

TEST_CASE(
    "tape entries: without KeepValues there are shapes and gradients, and the text says why") {
  const Bound bound("cpu");
  Tensor w = Tensor::from({3, 4});
  w.set_requires_grad();
  const Tensor loss = ops::sum(w * w);
  const std::vector<TapeEntry> entries = tape_entries(loss);
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].name == "leaf");
  CHECK(entries[1].inputs == std::vector<std::size_t>{0, 0});
  CHECK(!entries[1].value.defined());
  CHECK(entries[1].shape == Shape{2});
  CHECK(entries[0].gradient.to_vector() == std::vector<float>{6, 8});
  CHECK(tape_text(loss).find("let a KeepValues live") != std::string::npos);
  CHECK(tape_text(loss).find("multiply  [2]") != std::string::npos);
  loss.backward();
}

TEST_CASE("tape entries: a loss without ops is one leaf, and what is no loss is refused") {
  const Bound bound("cpu");
  Tensor w = Tensor::from({3});
  w.set_requires_grad();
  const std::vector<TapeEntry> entries = tape_entries(w);
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].gradient.item() == 1);
  CHECK(!w.grad().defined());
  check_refused([] { return tape_text(Tensor::zeros({3})); }, {"tape", "[3]", "one element"});
  check_refused([] { return tape_svg(Tensor::zeros({})); }, {"tape", "set_requires_grad"});
}

TEST_CASE("tape svg: each entry is a box, names are escaped, ends are in the picture") {
  const Bound bound("cpu");
  Tensor w = Tensor::from({1, 2, 3, 4, 5});
  w.set_requires_grad();
  const KeepValues keep;
  const Tensor skip = ops::relu(w);
  const Tensor loss = ops::mean(ops::tanh(ops::exp(skip)) + skip);
  const std::string svg = tape_svg(loss, {.names = {{"<w & \"v\">", w}}});
  CHECK(count_of(svg, "rx=\"6\"") == tape_entries(loss).size());
  CHECK(svg.find("&lt;w &amp; &quot;v&quot;&gt;") != std::string::npos);
  CHECK(svg.find("<w &") == std::string::npos);
  CHECK(svg.find("mean 3, 1 to 5") != std::string::npos);
  CHECK(count_of(svg, "<svg") == 1);
  CHECK(svg.substr(svg.size() - 7) == "</svg>\n");
}

TEST_CASE("watch_backward names the nodes from the last to the first") {
  const Bound bound("cpu");
  Tensor w = Tensor::from({1, 2});
  w.set_requires_grad();
  const Tensor loss = ops::sum(ops::square(ops::exp(w)));
  std::vector<std::size_t> seen;
  watch_backward(loss, [&](std::size_t node) { seen.push_back(node); });
  CHECK(seen == std::vector<std::size_t>{2, 1, 0});
  CHECK(tape_size() == 0);
  CHECK(w.grad().defined());
}

TEST_CASE("numbers stand beside tensors, with their gradients") {
  const Bound bound("cpu");
  const Tensor a = Tensor::from({1, 2, 4});
  CHECK(a.shape() == Shape{3});
  CHECK((2 * a + 1).to_vector() == std::vector<float>{3, 5, 9});
  CHECK((1 + a * 2).to_vector() == std::vector<float>{3, 5, 9});
  CHECK((a - 1).to_vector() == std::vector<float>{0, 1, 3});
  CHECK((1 - a).to_vector() == std::vector<float>{0, -1, -3});
  CHECK((a / 2).to_vector() == std::vector<float>{0.5, 1, 2});
  CHECK((4 / a).to_vector() == std::vector<float>{4, 2, 1});
  CHECK(Tensor::from({1, 2, 3, 4}, {2, 2}).shape() == Shape{2, 2});
  check_refused([] { return Tensor::from({1, 2, 3}, {2, 2}); }, {"[2, 2]"});
  Tensor x = Tensor::from({2});
  x.set_requires_grad();
  (8 / x).backward();
  CHECK(x.grad().item() == -2);
}
