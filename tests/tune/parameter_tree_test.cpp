// tune/parameter_tree: what follows what, learned from trials.
#include "tune/parameter_tree.h"

#include <doctest/doctest.h>

#include "base/philox.h"
#include "tests/tune/sampler_study.h"

using namespace hone;
using namespace hone::tune;
using namespace hone::tune::testing;

namespace {

const Distribution kUnit = FloatDistribution{0, 1};
const Distribution kKinds = CategoricalDistribution{{"a", "b", "c"}};

struct Builder {
  TestHistory history;
  TrialRecord record;
  Builder& with(const std::string& name, const Distribution& distribution, double value) {
    record.params.push_back({name, distribution, value});
    return *this;
  }
  void done(TrialState state = TrialState::complete) {
    record.number = static_cast<int>(history.trials.size());
    record.state = state;
    if (state == TrialState::complete) record.values = {1.0};
    history.add(std::move(record));
    record = {};
  }
  ParameterTree tree() const { return HistoryView(history).tree(); }
};

// The names a walk gives when parameter i gets values[i].
std::string names(const ParameterTree& tree, const std::vector<double>& values) {
  std::string text;
  ParameterTree::Walk walk(tree);
  for (std::size_t i = 0; walk.next() != nullptr; ++i) {
    text += walk.next()->name + " ";
    walk.choose(i < values.size() ? values[i] : 0);
  }
  return text;
}

}  // namespace

TEST_CASE("parameter tree: a category decides which parameters follow, unseen ones end the walk") {
  Builder b;
  CHECK(b.tree().empty());
  b.with("kind", kKinds, 0).with("x", kUnit, 0.1).with("a1", kUnit, 0.5).done();
  CHECK(b.tree().is_line());
  b.with("kind", kKinds, 1)
      .with("x", kUnit, 0.2)
      .with("b1", kUnit, 0.5)
      .with("b2", kUnit, 0)
      .done();
  b.with("kind", kKinds, 0).with("x", kUnit, 0.3).with("a1", kUnit, 0.7).done();
  const ParameterTree tree = b.tree();
  CHECK(names(tree, {0}) == "kind x a1 ");
  CHECK(names(tree, {1}) == "kind x b1 b2 ");
  CHECK(names(tree, {2}) == "kind x ");
  CHECK(tree.is_branching("kind"));
  CHECK_FALSE(tree.is_branching("x"));
  CHECK_FALSE(tree.is_line());
  CHECK(tree.parameters().size() == 5);
}

TEST_CASE("parameter tree: loops are unrolled, an unseen count takes the way of its neighbour") {
  Builder b;
  const Distribution count = IntDistribution{1, 9}, width = IntDistribution{4, 64};
  PhiloxStream random(3);
  for (const int n : {1, 3, 5, 3, 1, 5, 3}) {
    b.with("count", count, n);
    for (int i = 0; i < n; ++i)
      b.with("w" + std::to_string(i), width, 4 + static_cast<double>(random.below(61)));
    b.done();
  }
  const ParameterTree tree = b.tree();
  CHECK(names(tree, {1}) == "count w0 ");
  CHECK(names(tree, {3}) == "count w0 w1 w2 ");
  CHECK(names(tree, {5}) == "count w0 w1 w2 w3 w4 ");
  CHECK(names(tree, {9}) == "count w0 w1 w2 w3 w4 ");
  CHECK(tree.is_branching("count"));
  CHECK_FALSE(tree.is_branching("w0"));
}

TEST_CASE("parameter tree: two parameters together decide where neither does alone") {
  Builder b;
  const Distribution count = IntDistribution{1, 3};
  for (const double kind : {0.0, 1.0, 0.0, 1.0, 0.0})
    for (const int n : {1, 3}) {
      b.with("kind", kKinds, kind).with("count", count, n);
      for (int i = 0; i < n; ++i) b.with("w" + std::to_string(i), kUnit, 0.5);
      if (kind == 1) b.with("rate", kUnit, 0.5);
      b.done();
    }
  const ParameterTree tree = b.tree();
  CHECK(names(tree, {0, 1}) == "kind count w0 ");
  CHECK(names(tree, {1, 1}) == "kind count w0 rate ");
  CHECK(names(tree, {0, 3}) == "kind count w0 w1 w2 ");
  CHECK(names(tree, {1, 3}) == "kind count w0 w1 w2 rate ");
  CHECK(names(tree, {2, 3}) == "kind count w0 ");  // an unseen category
  CHECK(tree.is_branching("kind"));
  CHECK(tree.is_branching("count"));
}

TEST_CASE("parameter tree: failed trials teach nothing, ranges are the newest ones") {
  Builder b;
  b.with("x", kUnit, 0.5).with("y", kUnit, 0.5).done();
  b.with("x", kUnit, 0.5).done(TrialState::fail);
  b.with("x", FloatDistribution{0, 2}, 1.5).with("y", kUnit, 0.5).done(TrialState::pruned);
  const ParameterTree tree = b.tree();
  CHECK(tree.is_line());
  ParameterTree::Walk walk(tree);
  REQUIRE(walk.next() != nullptr);
  CHECK(walk.next()->distribution == Distribution{FloatDistribution{0, 2}});
}

TEST_CASE("parameter tree: learned bit by bit it is what is learned at once") {
  PhiloxStream random(11);
  Builder b;
  const auto log = std::make_shared<TrialLog>(std::vector{Direction::minimize});
  std::vector<std::vector<double>> probes;
  for (int i = 0; i < 40; ++i)
    probes.push_back({static_cast<double>(random.below(3)), static_cast<double>(random.below(4)),
                      static_cast<double>(random.below(2)), 0.5});
  for (int i = 0; i < 60; ++i) {
    const double kind = static_cast<double>(random.below(3)),
                 n = static_cast<double>(random.below(4));
    b.with("kind", kKinds, kind).with("n", IntDistribution{0, 3}, n);
    for (double j = 0; j < n; ++j) b.with("p" + std::to_string(static_cast<int>(j)), kUnit, 0.5);
    if (kind == 2) b.with("last", kUnit, 0.1);
    b.done();
    log->append(b.history.trials.back());
    const HistoryView grown(log, log->size(), nullptr, nullptr);
    const ParameterTree one = grown.tree(), other = b.tree();
    for (const auto& probe : probes) REQUIRE(names(one, probe) == names(other, probe));
    REQUIRE(grown.tree().same_as(one));
  }
}

TEST_CASE("parameter tree: a walk follows what a trial really asks for") {
  Builder b;
  b.with("kind", kKinds, 0).with("a1", kUnit, 0.5).done();
  b.with("kind", kKinds, 1).with("b1", kUnit, 0.5).done();
  const ParameterTree tree = b.tree();
  ParameterTree::Walk walk(tree);
  CHECK(walk.follow({"kind", kKinds, 0}));
  CHECK(walk.next()->name == "a1");
  CHECK(walk.follow({"b1", kUnit, 0.5}));
  CHECK(walk.next() == nullptr);
  ParameterTree::Walk lost(tree);
  CHECK_FALSE(lost.follow({"other", kUnit, 0.5}));
  CHECK(lost.next() == nullptr);
}
