// What an objective returns: how its trial ended.
#pragma once

#include <string>
#include <utility>

namespace hone::tune {

struct Outcome {
  enum class Kind {
    complete,    // `value` is the result; NaN makes the trial FAIL
    pruned,      // stopped on the pruner's advice; its value is the last reported one
    failed,      // FAIL with the reason; the study goes on
    interrupted  // stopped from outside: the trial is queued and run again
  };
  Kind kind = Kind::failed;
  double value = 0;
  std::string reason;

  static Outcome complete(double value) { return {Kind::complete, value, {}}; }
  static Outcome pruned(std::string reason) { return {Kind::pruned, 0, std::move(reason)}; }
  static Outcome failed(std::string reason) { return {Kind::failed, 0, std::move(reason)}; }
  static Outcome interrupted() { return {Kind::interrupted, 0, {}}; }
};

}  // namespace hone::tune
