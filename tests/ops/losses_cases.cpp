// Cases of the losses, with and without weights.
#include <algorithm>
#include <cmath>

#include "tests/ops/op_case.h"

namespace hone::op_cases {
namespace {

// Of prediction and target, with weights of the samples or without.
using Loss = std::function<Tensor(const Tensor&, const Tensor&, const Tensor&)>;

void add_loss(std::vector<OpCase>& table, const char* op, const Loss& loss, Fill target,
              double kink = -1) {
  for (const Shape& shape : {Shape{1}, Shape{7}, Shape{5, 3}, Shape{2, 3, 5}, Shape{67, 11}})
    for (const bool weighted : {false, true}) {
      OpCase one;
      one.op = op;
      one.vars = {var("x", shape), var("weights", weighted ? "yes" : "no")};
      one.terms = static_cast<double>(shape.count());
      one.inputs = {{.name = "prediction", .shape = shape},
                    {.name = "target", .shape = shape, .fill = target}};
      if (weighted)
        one.inputs.push_back(
            {.name = "weights", .shape = {shape[0]}, .fill = Fill::positive, .gradient = false});
      one.call = [loss](const Inputs& in) {
        return loss(in[0], in[1], in.size() > 2 ? in[2] : Tensor());
      };
      if (kink >= 0)
        one.margin = [kink](const Inputs& in) {
          const NoGrad no_grad;
          double least = 1;
          for (const double d : ops::subtract(in[0], in[1]).to_vector<double>())
            least = std::min(least, std::abs(std::abs(d) - kink));
          return least;
        };
      table.push_back(std::move(one));
    }
}

void add_cross_entropy(std::vector<OpCase>& table, bool weights, bool class_weights,
                       const std::string& name, const ops::CrossEntropyOptions& options) {
  for (const auto& [n, classes] :
       {std::pair<std::int64_t, std::int64_t>{1, 2}, {5, 10}, {67, 13}}) {
    OpCase one;
    one.op = "cross_entropy";
    const Shape logits{n, classes};
    one.vars = {var("logits", logits), {"with", name}};
    one.terms = static_cast<double>(n + classes);
    one.inputs = {{.name = "logits", .shape = logits, .terms = static_cast<double>(classes)},
                  {.name = "labels", .shape = {n}, .fill = Fill::label, .classes = classes}};
    if (weights)
      one.inputs.push_back(
          {.name = "weights", .shape = {n}, .fill = Fill::positive, .gradient = false});
    if (class_weights)
      one.inputs.push_back(
          {.name = "class_weights", .shape = {classes}, .fill = Fill::positive, .gradient = false});
    one.call = [=](const Inputs& in) {
      ops::CrossEntropyOptions with = options;
      if (weights) with.weights = in[2];
      if (class_weights) with.class_weights = in.back();
      return ops::cross_entropy(in[0], in[1], with);
    };
    table.push_back(std::move(one));
  }
}

void add_losses_cases(std::vector<OpCase>& table) {
  const auto mse = [](const Tensor& a, const Tensor& b, const Tensor& w) {
    return ops::mse(a, b, w);
  };
  const auto mae = [](const Tensor& a, const Tensor& b, const Tensor& w) {
    return ops::mae(a, b, w);
  };
  const auto huber = [](const Tensor& a, const Tensor& b, const Tensor& w) {
    return ops::huber(a, b, 0.75, w);
  };
  add_loss(table, "mse", mse, Fill::uniform);
  add_loss(table, "mae", mae, Fill::uniform, 0);
  add_loss(table, "huber", huber, Fill::uniform, 0.75);
  add_loss(
      table, "binary_cross_entropy",
      [](const Tensor& a, const Tensor& b, const Tensor& w) {
        return ops::binary_cross_entropy(a, b, {.label_smoothing = 0.25, .weights = w});
      },
      Fill::positive);
  for (const Shape& shape : {Shape{1, 2}, Shape{5, 10}, Shape{7, 1}, Shape{67, 13}}) {
    OpCase one;
    one.op = "soft_cross_entropy";
    one.vars = {var("logits", shape)};
    one.terms = static_cast<double>(shape.count());
    one.inputs = {
        {.name = "logits", .shape = shape, .terms = static_cast<double>(shape[1])},
        {.name = "targets", .shape = shape, .fill = Fill::positive},
        {.name = "weights", .shape = {shape[0]}, .fill = Fill::positive, .gradient = false}};
    one.call = [](const Inputs& in) { return ops::soft_cross_entropy(in[0], in[1], in[2]); };
    table.push_back(std::move(one));
  }
  add_cross_entropy(table, false, false, "nothing", {});
  add_cross_entropy(table, false, false, "smoothing", {.label_smoothing = 0.125});
  add_cross_entropy(table, true, false, "weights", {});
  add_cross_entropy(table, true, true, "all", {.label_smoothing = 0.125, .ignore_index = 1});
}

// One of each for the clock.
void add_perf(std::vector<OpCase>& table) {
  const std::size_t first = table.size();
  add_losses_cases(table);
  const auto keep = [&](const OpCase& one) {
    return one.inputs[0].shape == Shape{67, 11} || one.inputs[0].shape == Shape{67, 13};
  };
  std::vector<OpCase> chosen;
  for (std::size_t i = first; i < table.size(); ++i)
    if (keep(table[i])) chosen.push_back(table[i]);
  table.resize(first);
  for (OpCase& one : chosen) {
    for (OpInput& input : one.inputs)
      if (input.shape[0] == 67) input.shape = input.shape.with(0, 1024);
    one.vars[0] = var("x", one.inputs[0].shape);
    one.margin = nullptr;
    one.perf = true;
    table.push_back(std::move(one));
  }
}

void add_all(std::vector<OpCase>& table) {
  add_losses_cases(table);
  add_perf(table);
}

const CaseFile kFile("losses", add_all);

}  // namespace
}  // namespace hone::op_cases
