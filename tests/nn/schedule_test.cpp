// Schedules against the rates that PyTorch and Keras gave.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "optim/optimizer.h"
#include "optim/plateau.h"
#include "optim/schedule.h"
#include "tests/nn/train_fixture.h"
#include "tests/test_paths.h"

using namespace hone;
using namespace hone::optim;
using namespace train_test;

namespace {

nlohmann::json goldens(const char* library) {
  return nlohmann::json::parse(read_text(hone::test::goldens_dir() + "/schedules.json"))
      .at(library);
}

// rates[t] / peak, and the momenta, must be what the schedule gives for step t.
void check_rates(const Schedule& schedule, const nlohmann::json& golden, double peak,
                 std::int64_t steps, double tolerance) {
  CAPTURE(golden.at("name").get<std::string>() + " " + golden.at("options").dump());
  const nlohmann::json& rates = golden.at("rates");
  REQUIRE(rates.size() == 40);
  for (std::int64_t t = 0; t < 40; ++t) {
    const StepValues values = schedule.at({.step = t, .steps_per_epoch = 1, .steps = steps});
    const double expected = rates[static_cast<std::size_t>(t)].get<double>();
    CHECK(std::fabs(peak * values.rate - expected) <= tolerance * peak);
    if (!golden.contains("momenta")) continue;
    CHECK(*values.momentum ==
          doctest::Approx(golden["momenta"][static_cast<std::size_t>(t)].get<double>())
              .epsilon(1e-12));
  }
}

}  // namespace

TEST_CASE("step decay, cosine and one-cycle give the rates of PyTorch") {
  int checked = 0;
  for (const auto& golden : goldens("torch")) {
    const auto& o = golden.at("options");
    const std::string name = golden.at("name");
    const double lr = golden.at("lr");
    if (name == "StepLR") {
      check_rates(StepDecay{.epochs = o.at("step_size"), .factor = o.at("gamma")}, golden, lr, 40,
                  1e-14);
    } else if (name == "CosineAnnealingLR") {
      check_rates(Cosine{.end = o.at("eta_min").get<double>() / lr}, golden, lr, o.at("T_max"),
                  1e-12);
    } else if (name == "OneCycleLR" && !o.value("three_phase", false)) {
      const double div = o.value("div_factor", 25.0);
      check_rates(OneCycle{.rising = o.value("pct_start", 0.3),
                           .start = 1 / div,
                           .end = 1 / (div * o.value("final_div_factor", 1e4)),
                           .linear = o.value("anneal_strategy", "cos") == "linear",
                           .momentum_low = o.value("base_momentum", 0.85),
                           .momentum_high = o.value("max_momentum", 0.95)},
                  golden, o.at("max_lr"), o.at("total_steps"), 1e-12);
    } else {
      continue;
    }
    ++checked;
  }
  CHECK(checked == 5);
}

TEST_CASE("cosine with a warm-up gives the rates of Keras") {
  int checked = 0;
  for (const auto& golden : goldens("keras")) {
    if (golden.at("name") != "CosineDecay") continue;
    const auto& o = golden.at("options");
    const double warmup = o.value("warmup_steps", 0.0);
    const double peak = o.value("warmup_target", o.at("initial_learning_rate").get<double>());
    check_rates(Cosine{.end = o.at("alpha"), .warmup_epochs = warmup}, golden, peak,
                o.at("decay_steps").get<int>() + static_cast<int>(warmup), 1e-6);
    ++checked;
  }
  CHECK(checked == 2);
}

TEST_CASE("restarts, polynomials and chains give the rates of PyTorch and Keras") {
  int checked = 0;
  for (const auto& golden : goldens("torch")) {
    const auto& o = golden.at("options");
    const std::string name = golden.at("name");
    const double lr = golden.at("lr");
    ++checked;
    if (name == "CosineAnnealingWarmRestarts") {
      check_rates(CosineRestarts{.epochs = o.at("T_0"),
                                 .growth = o.at("T_mult"),
                                 .end = o.at("eta_min").get<double>() / lr},
                  golden, lr, 40, 1e-12);
    } else if (name == "PolynomialLR") {
      check_rates(Polynomial{.power = o.at("power"), .epochs = o.at("total_iters")}, golden, lr, 40,
                  1e-12);
    } else if (name == "SequentialLR") {
      const Chain chain{{{WarmUp{.epochs = o.at("linear"), .start = o.at("start")}, 8},
                         {Cosine{.end = o.at("eta_min").get<double>() / lr}, 20},
                         {Schedule(), 0}}};
      check_rates(chain, golden, lr, 40, 1e-12);
    } else {
      --checked;
    }
  }
  for (const auto& golden : goldens("keras")) {
    const auto& o = golden.at("options");
    ++checked;
    if (golden.at("name") == "PolynomialDecay") {
      const double lr = o.at("initial_learning_rate");
      check_rates(Polynomial{.power = o.at("power"),
                             .end = o.at("end_learning_rate").get<double>() / lr,
                             .epochs = o.at("decay_steps")},
                  golden, lr, 40, 1e-6);
    } else if (golden.at("name") == "CosineDecayRestarts") {
      check_rates(CosineRestarts{.epochs = o.at("first_decay_steps"),
                                 .growth = o.at("t_mul"),
                                 .shrink = o.at("m_mul"),
                                 .end = o.at("alpha")},
                  golden, o.at("initial_learning_rate"), 40, 1e-6);
    } else {
      --checked;
    }
  }
  CHECK(checked == 6);
  // A warm-up multiplies what comes with it.
  const WarmUp warm{.epochs = 2, .then = StepDecay{.epochs = 1, .factor = 0.5}};
  CHECK(warm.at({.step = 10, .steps_per_epoch = 10}).rate == 0.25);
  CHECK(warm.at({.step = 20, .steps_per_epoch = 10}).rate == 0.25);
  CHECK(Schedule(warm).text() == "warm_up epochs 2 start 0 then (step_decay epochs 1 factor 0.5)");
  CHECK(contains(error_of([] { Schedule(Chain{}); }), "chain: there are no schedules in it"));
  CHECK(contains(error_of([] { Schedule(CosineRestarts{.growth = 0.5}); }), "growth is 0.5"));
  CHECK(contains(error_of([] { Schedule(Polynomial{.power = 0}); }), "power is 0"));
}

TEST_CASE("a schedule of one's own is any function of the step, within reason") {
  struct Zigzag {
    double low;
    StepValues at(const StepPosition& p) const { return {.rate = p.step % 2 == 0 ? 1 : low}; }
    std::string text() const { return "zigzag"; }
  };
  const Schedule zigzag = Zigzag{0.25};
  CHECK(zigzag.at({.step = 4}).rate == 1);
  CHECK(zigzag.at({.step = 5}).rate == 0.25);
  CHECK(zigzag.text() == "zigzag");
  CHECK(Schedule() != zigzag);
  CHECK(Schedule().constant());
  CHECK(contains(error_of([] { Schedule(Zigzag{-1}).at({.step = 1}); }),
                 "usage: schedule 'zigzag': the factor of the learning rate is -1 at step 1"));
}

TEST_CASE("the suffix of a group is any text in the optimizer's JSON") {
  const std::string suffix = "a \\ \"b\"";
  for (const OptimizerSpec& spec : {OptimizerSpec(SGD{.groups = {{.suffix = suffix}}}),
                                    OptimizerSpec(Adam{.groups = {{.suffix = suffix}}})}) {
    const auto json = nlohmann::json::parse(to_json(spec));
    CHECK(json.at("groups").at(0).at("suffix").get<std::string>() == suffix);
  }
}

TEST_CASE("rates, scales and options that are negative or not finite are refused everywhere") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  const auto device = open_device("ref");
  const auto make = [&](const OptimizerSpec& spec) {
    return error_of([&] {
      FlatParameters parameters(*device, {{"a.bias", {3}}});
      make_optimizer(spec, parameters);
    });
  };
  for (const float bad : {nan, -1.0f, inf}) {
    CAPTURE(bad);
    CHECK(contains(make(SGD{.lr = bad}), "usage: sgd: lr is"));
    CHECK(contains(make(SGD{.momentum = bad}), "usage: sgd: momentum is"));
    CHECK(contains(make(SGD{.weight_decay = bad}), "usage: sgd: weight_decay is"));
    CHECK(contains(make(Adam{.lr = bad}), "usage: adam: lr is"));
    CHECK(contains(make(Adam{.beta1 = bad}), "usage: adam: beta1 is"));
    CHECK(contains(make(Adam{.beta2 = bad}), "usage: adam: beta2 is"));
    CHECK(contains(make(Adam{.epsilon = bad}), "usage: adam: epsilon is"));
    CHECK(contains(make(Adam{.weight_decay = bad}), "usage: adam: weight_decay is"));
    CHECK(contains(make(SGD{.groups = {{.suffix = ".bias", .learning_rate_scale = bad}}}),
                   "group '.bias': learning_rate_scale is"));
    CHECK(contains(make(Adam{.groups = {{.suffix = ".bias", .weight_decay = bad}}}),
                   "group '.bias': weight_decay is"));
    const double d = static_cast<double>(bad);
    CHECK(contains(error_of([&] { Plateau({.factor = d}); }), "factor is"));
    CHECK(contains(error_of([&] { Plateau({.min_delta = d}); }), "min_delta is"));
    CHECK(contains(error_of([&] { Plateau({.min_lr = d}); }), "min_lr is"));
    CHECK(contains(error_of([&] { Schedule(StepDecay{.factor = d}); }), "factor is"));
    CHECK(contains(error_of([&] { Schedule(Cosine{.end = d}); }), "end is"));
    CHECK(contains(error_of([&] { Schedule(Cosine{.warmup_epochs = d}); }), "warmup_epochs is"));
    CHECK(contains(error_of([&] { Schedule(OneCycle{.rising = d}); }), "rising is"));
    CHECK(contains(error_of([&] { Schedule(OneCycle{.start = d}); }), "start"));
    CHECK(contains(error_of([&] { Schedule(OneCycle{.momentum_high = d}); }), "momenta must be"));
  }
  // A step that is none, and options that were not looked at.
  for (const StepPosition& bad : {StepPosition{-1, 1, 1}, StepPosition{0, 0, 1},
                                  StepPosition{0, 1, 0}, StepPosition{3, -5, 9}}) {
    CHECK(contains(error_of([&] { Schedule(Cosine{}).at(bad); }), "usage: schedule: step"));
    CHECK(contains(error_of([&] { StepDecay{}.at(bad); }), "usage: schedule: step"));
  }
  CHECK(contains(error_of([] { StepDecay{.epochs = 0}.at({}); }), "epochs is 0"));
  CHECK(contains(error_of([] { Chain{}.at({}); }), "no schedules"));
  CHECK(Schedule(Chain{{{StepDecay{}, 1e300}, {Cosine{}, 1}}}).at({5, 2, 100}).rate == 1);
  FlatParameters parameters(*device, {{"a", {3}}});
  const auto optimizer = make_optimizer(SGD{}, parameters);
  CHECK(contains(error_of([&] { optimizer->set_learning_rate(nan); }), "learning rate is nan"));
}
