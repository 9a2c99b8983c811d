// What an objective returns: how its trial ended.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace hone::tune {

struct Outcome {
  enum class Kind {
    complete,    // `values` is the result, one an objective; a NaN makes the trial FAIL
    pruned,      // stopped on the pruner's advice; of one objective its value is the last report
    failed,      // FAIL with the reason; the study goes on
    interrupted  // stopped from outside: the trial is queued and run again
  };
  Kind kind = Kind::failed;
  std::vector<double> values;
  std::string reason;

  static Outcome complete(double value) { return {Kind::complete, {value}, {}}; }
  // One value for each direction of the study, in their order.
  static Outcome complete(std::vector<double> values) {
    return {Kind::complete, std::move(values), {}};
  }
  static Outcome pruned(std::string reason) { return {Kind::pruned, {}, std::move(reason)}; }
  static Outcome failed(std::string reason) { return {Kind::failed, {}, std::move(reason)}; }
  static Outcome interrupted() { return {Kind::interrupted, {}, {}}; }
};

}  // namespace hone::tune
