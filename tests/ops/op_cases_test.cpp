// Runs the table: every op of ops.h against the reference and against central differences.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <regex>
#include <set>
#include <sstream>

#include "tests/ops/op_modes.h"
#include "tests/test_paths.h"

using namespace hone;
using namespace hone::op_cases;

namespace {

void check_none(const Failures& failures) {
  for (const std::string& failure : failures) FAIL_CHECK(failure);
}

// At least four cases of every op must have been looked at.
void check_counts(const std::map<std::string, int>& looked_at) {
  CHECK_FALSE(looked_at.empty());
  for (const auto& one : looked_at) CHECK_MESSAGE(one.second >= 4, one.first << ": " << one.second);
  CHECK(tape_size() == 0);
}

// The cpu device's loops are compiled for several instruction sets; nothing where this processor
// lacks one.
std::unique_ptr<Targets> targets_of_isa(const char* isa) {
  ::setenv("HONE_ISA", isa, 1);
  std::unique_ptr<Targets> targets;
  try {
    targets = std::make_unique<Targets>(std::vector<std::string>{"cpu"});
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::device);
    MESSAGE(error.what());
  }
  ::unsetenv("HONE_ISA");
  return targets;
}

void test_file(const std::string& file) {
  std::vector<std::unique_ptr<Targets>> all;
  all.push_back(std::make_unique<Targets>());
  if (std::getenv("HONE_ISA") == nullptr)
    for (const char* isa : {"avx2", "baseline"})
      if (auto targets = targets_of_isa(isa)) all.push_back(std::move(targets));
  std::map<std::string, int> tested;
  for (const OpCase& one : cases_of_file(file)) {
    if (one.perf) continue;
    for (const auto& targets : all) check_none(targets->test(one));
    ++tested[one.op];
  }
  check_counts(tested);
}

void check_gradients(const std::string& file) {
  const Targets targets;
  std::map<std::string, int> checked;
  for (const OpCase& one : cases_of_file(file)) {
    // On a kink a difference quotient means nothing.
    if (one.perf || one.on_lattice() || one.gradient_check_work() > kMostGradientWork) continue;
    check_none(targets.check_gradient(one));
    ++checked[one.op];
  }
  check_counts(checked);
}

}  // namespace

#define HONE_CASE_FILE(file)                                                                       \
  TEST_CASE(file                                                                                   \
            " agrees with the reference on every backend, set, algorithm and number of threads") { \
    test_file(file);                                                                               \
  }                                                                                                \
  TEST_CASE(file " has the gradient that central differences find") { check_gradients(file); }

#include <op_case_files.inc>  // one line a file, written by CMake

// CTest also runs this one on an emulated processor.
TEST_CASE("a small part of the ops runs on what this processor has") {
  const auto cpu = open_device("cpu");
  const bool avx512 = cpu->fingerprint().find("avx512") != std::string::npos;
  CHECK((!avx512 || __builtin_cpu_supports("avx512f")));
  const Targets targets({"cpu"});
  std::map<std::string, int> seen;
  int tested = 0;
  for (const OpCase& one : all_cases()) {
    if (one.perf || seen[one.op]++ % 7 != 3) continue;
    check_none(targets.test(one));
    ++tested;
  }
  CHECK(tested > 40);
}

TEST_CASE("every op of ops.h has cases in the table, and the names of cases are unique") {
  std::ifstream file(hone::test::source_dir() + "/tensor/ops.h");
  std::stringstream text;
  text << file.rdbuf();
  const std::string header = text.str();
  std::set<std::string> declared;
  const std::regex declaration(
      R"(\n(?:Tensor|std::vector<Tensor>) (\w+)\(const (?:std::vector<)?Tensor)");
  for (std::sregex_iterator found(header.begin(), header.end(), declaration), end; found != end;
       ++found)
    declared.insert((*found)[1].str());
  const std::vector<std::string> names = op_names();
  CHECK(declared == std::set<std::string>(names.begin(), names.end()));
  CHECK(declared.size() >= 70);

  std::set<std::string> seen;
  for (const OpCase& one : all_cases()) CHECK_MESSAGE(seen.insert(one.name()).second, one.name());
}

TEST_CASE("a gradient that is wrong when it is asked for alone is found") {
  const Targets targets;
  OpCase wrong;
  wrong.op = "wrong";
  wrong.inputs = {{.name = "a", .shape = Shape{4}}, {.name = "b", .shape = Shape{4}}};
  wrong.call = [](const Inputs& in) {
    const Tensor a = in[0].detach(), b = in[1].detach();
    Tensor y = ops::multiply(a, b);
    record("wrong", y, {in[0], in[1]}, [a, b](const Tensor& dy, InputGrads& grads) {
      grads.give(0, ops::multiply(dy, grads.wanted(1) ? b : a));
      grads.give(1, ops::multiply(dy, a));
    });
    return y;
  };
  CHECK(targets.check_gradient(wrong).size() == 2);  // retained and not
}

TEST_CASE("a wrong gradient, an unwritten output and a lost accumulation are found") {
  const Targets targets;
  OpCase wrong;
  wrong.op = "wrong";
  wrong.inputs = {{.name = "x", .shape = Shape{3, 5}}};
  // A square whose backward forgets the factor 2.
  wrong.call = [](const Inputs& in) {
    Tensor y = ops::square(in[0].detach());
    record("wrong", y, {in[0]}, [x = in[0]](const Tensor& dy, InputGrads& grads) {
      grads.give(0, ops::multiply(dy, x));
    });
    return y;
  };
  CHECK(targets.check_gradient(wrong).size() == 2);  // the quotient, alone and used twice

  // Right the first time, but sets where it should add.
  wrong.call = [](const Inputs& in) {
    Tensor y = ops::scale(in[0].detach(), 3);
    record("wrong", y, {in[0]}, [](const Tensor& dy, InputGrads& grads) {
      current_backend().run(verb::Copy{.y = grads.target(0).view, .x = ops::scale(dy, 3).view()});
    });
    return y;
  };
  CHECK(targets.check_gradient(wrong).size() == 2);  // added to an earlier one, used twice
  CHECK(targets.test(wrong).empty());                // all backends agree on it

  // Leaves the last row unwritten.
  wrong.call = [](const Inputs& in) {
    Tensor y = Tensor::empty(in[0].shape(), in[0].dtype());
    current_backend().run(
        verb::Copy{.y = y.part(0, {2, 5}).view(), .x = in[0].part(0, {2, 5}).view()});
    record("wrong", y, {in[0]}, [](const Tensor& dy, InputGrads& grads) { grads.give(0, dy); });
    return y;
  };
  CHECK_FALSE(targets.test(wrong).empty());
}
