// The pictures of runs and networks.
#include "apps/report/inside.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <limits>

#include "base/error.h"
#include "tests/nn/train_fixture.h"

namespace hone::report {
namespace {

using namespace train_test;

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

nn::train::History history(int epochs, bool validated) {
  nn::train::History result;
  for (int e = 1; e <= epochs; ++e) {
    nn::train::EpochRecord record;
    record.epoch = e, record.loss = 1.0 / e, record.accuracy = 1 - 0.5 / e;
    if (validated) record.val_loss = 1.2 / e, record.val_accuracy = 1 - 0.6 / e;
    result.epochs.push_back(record);
  }
  return result;
}

TEST_CASE("curves: a panel for each metric, a line for each run, dashed for validation") {
  const std::string svg = curves_svg({{"a <b>", history(5, true)}, {"c", history(3, false)}});
  CHECK(count_of(svg, ">loss</text>") == 1);
  CHECK(count_of(svg, ">accuracy</text>") == 1);
  CHECK(svg.find("a &lt;b&gt;") != std::string::npos);
  CHECK(count_of(svg, "class=\"l-run0 dashed\"") == 2);
  CHECK(count_of(svg, "class=\"l-run1 dashed\"") == 0);
  CHECK(svg.find("xmlns=\"http://www.w3.org/2000/svg\"") != std::string::npos);
  CHECK_THROWS_WITH_AS(curves_svg({{"a", {}}}), "curves: no run has an epoch", Error);
  CHECK_THROWS_AS(curves_svg({}), Error);
  CHECK_THROWS_AS(curves_svg(std::vector<Run>(21, {"a", history(2, true)})), Error);
}

TEST_CASE("curves: metrics of one's own have a panel, and one epoch is a mark") {
  nn::train::History one = history(1, true);
  one.epochs[0].accuracy = std::numeric_limits<double>::quiet_NaN();
  one.epochs[0].val_accuracy.reset();
  one.epochs[0].metrics = {{"mae", 3.5}, {"val_mae", 4}};
  const std::string svg = curves_svg({{"", one}});
  CHECK(svg.find(">mae</text>") != std::string::npos);
  CHECK(svg.find(">accuracy</text>") == std::string::npos);
  CHECK(count_of(svg, "class=\"pt l-run0\"") == 4);
}

TEST_CASE("filters, activations and gradients of a network are drawn, and files written") {
  const World world;
  const auto model = world.model();
  const std::string filters = filters_svg(*model);
  CHECK(count_of(filters, "<image ") == 4);
  CHECK(filters.find("conv2d_1.weight [4, 3, 3, 1]") != std::string::npos);
  CHECK_THROWS_WITH_AS(filters_svg(*model, "linear_1.weight"),
                       "filters: the model has no convolution linear_1.weight; there are: "
                       "conv2d_1.weight",
                       Error);
  const std::string activations = activations_svg(*model, world.train, 0);
  CHECK(count_of(activations, "<image ") == 1 + 3 * 4 + 5);  // input, three layers of 4, vectors
  CHECK_THROWS_AS(activations_svg(*model, world.train, -1), Error);
  const std::string gradients = gradients_svg(*model, nn::train::Loss(), world.train);
  for (const optim::ParameterInfo& entry : model->parameters().entries())
    CHECK(gradients.find(entry.name) != std::string::npos);
  CHECK(count_of(gradients, "class=\"b-main\"") > 20);

  const TempFolder folder;
  write_filters(folder / "f.svg", *model);
  CHECK(read_text(folder / "f.svg") == filters);
  write_curves(folder / "c.svg", history(2, true));
  CHECK(read_text(folder / "c.svg").find("<svg") == 0);
  CHECK_THROWS_AS(
      write_gradients(folder / "none" / "g.svg", *model, nn::train::Loss(), world.train), Error);
}

}  // namespace
}  // namespace hone::report
