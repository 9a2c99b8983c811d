// Runs the table: every op of ops.h against the reference and against central differences.
#include <doctest/doctest.h>

#include <fstream>
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

void test_op(const std::string& op) {
  const Targets targets;
  int tested = 0;
  for (const OpCase& one : cases_of(op)) {
    if (one.perf) continue;
    check_none(targets.test(one));
    ++tested;
  }
  CHECK(tested >= 4);
  CHECK(tape_size() == 0);
}

void check_gradients(const std::string& op) {
  const Targets targets;
  int checked = 0;
  for (const OpCase& one : cases_of(op)) {
    // On a kink a difference quotient means nothing.
    if (one.perf || one.on_lattice() || one.gradient_check_work() > kMostGradientWork) continue;
    check_none(targets.check_gradient(one));
    ++checked;
  }
  CHECK(checked >= 4);
  CHECK(tape_size() == 0);
}

}  // namespace

#define HONE_TEST_OP(op)                                                                         \
  TEST_CASE(op " agrees with the reference on every backend, algorithm and number of threads") { \
    test_op(op);                                                                                 \
  }                                                                                              \
  TEST_CASE(op " has the gradient that central differences find") { check_gradients(op); }

HONE_TEST_OP("negate")
HONE_TEST_OP("exp")
HONE_TEST_OP("log")
HONE_TEST_OP("sqrt")
HONE_TEST_OP("square")
HONE_TEST_OP("abs")
HONE_TEST_OP("relu")
HONE_TEST_OP("sigmoid")
HONE_TEST_OP("tanh")
HONE_TEST_OP("scale")
HONE_TEST_OP("shift")
HONE_TEST_OP("add")
HONE_TEST_OP("subtract")
HONE_TEST_OP("multiply")
HONE_TEST_OP("divide")
HONE_TEST_OP("sum")
HONE_TEST_OP("mean")
HONE_TEST_OP("reshape")
HONE_TEST_OP("flatten")
HONE_TEST_OP("slice")
HONE_TEST_OP("matmul")
HONE_TEST_OP("linear")
HONE_TEST_OP("conv2d")
HONE_TEST_OP("maxpool2d")
HONE_TEST_OP("dropout")
HONE_TEST_OP("softmax")
HONE_TEST_OP("softmax_cross_entropy")

TEST_CASE("every op of ops.h has cases in the table, and the names of cases are unique") {
  std::ifstream file(hone::test::source_dir() + "/tensor/ops.h");
  std::stringstream text;
  text << file.rdbuf();
  const std::string header = text.str();
  std::set<std::string> declared;
  const std::regex declaration(R"(\nTensor (\w+)\()");
  for (std::sregex_iterator found(header.begin(), header.end(), declaration), end; found != end;
       ++found)
    declared.insert((*found)[1].str());
  const std::vector<std::string> names = op_names();
  CHECK(declared == std::set<std::string>(names.begin(), names.end()));
  CHECK(declared.size() >= 27);

  std::set<std::string> seen;
  for (const OpCase& one : all_cases()) CHECK_MESSAGE(seen.insert(one.name()).second, one.name());
}

TEST_CASE("a wrong gradient, an unwritten output and a lost accumulation are found") {
  const Targets targets;
  OpCase wrong;
  wrong.op = "wrong";
  wrong.inputs = {{.name = "x", .shape = Shape{3, 5}}};
  // A square whose backward forgets the factor 2.
  wrong.call = [](const Inputs& in) {
    Tensor y = ops::square(in[0].detach());
    record("wrong", y, {in[0]},
           [x = in[0]](const Tensor& dy) { give_grad(x, ops::multiply(dy, x)); });
    return y;
  };
  CHECK(targets.check_gradient(wrong).size() == 2);  // the quotient, alone and used twice

  // Right the first time, but sets where it should add.
  wrong.call = [](const Inputs& in) {
    Tensor y = ops::scale(in[0].detach(), 3);
    record("wrong", y, {in[0]}, [x = in[0]](const Tensor& dy) {
      current_backend().run(verb::Copy{.y = grad_target(x).view, .x = ops::scale(dy, 3).view()});
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
    record("wrong", y, {in[0]}, [x = in[0]](const Tensor& dy) { give_grad(x, dy); });
    return y;
  };
  CHECK_FALSE(targets.test(wrong).empty());
}
