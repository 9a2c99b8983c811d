// hone ask, tell: an objective in any language, one process a step.
#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include <cmath>
#include <fstream>
#include <sstream>

#include "apps/common/number_option.h"
#include "apps/hone/commands.h"
#include "apps/hone/table.h"
#include "base/error.h"
#include "base/numbers.h"
#include "tune/json_text.h"
#include "tune/study.h"

namespace hone::command {
namespace {

// {"x": {"name": "FloatDistribution", "attributes": {"low": 0, "high": 1, "step": null, "log":
// false}}, ...}, as Optuna's ask takes it.
std::vector<std::pair<std::string, tune::Distribution>> read_space(const std::string& text) {
  std::vector<std::pair<std::string, tune::Distribution>> space;
  const JsonDocument document(text, "--search-space", ErrorKind::usage);
  for (const auto& [name, node] : document.root().members()) {
    try {
      space.emplace_back(name, tune::distribution_from_json(write_json(node.json())));
    } catch (const Error& error) {
      node.fail(error.what());
    }
  }
  return space;
}

struct AskOptions {
  Place place;
  Format format = Format::json;
  std::string space = "{}";
};

void ask(const AskOptions& options) {
  const auto space = read_space(options.space);
  auto study = tune::Study::load(options.place.storage, options.place.study);
  tune::Trial trial = study.ask();
  Json params = Json::object();
  for (const auto& [name, distribution] : space) {
    const double internal = trial.suggest(name, distribution);
    params.members().push_back({name, tune::json_of(tune::to_external(distribution, internal))});
  }
  const int number = trial.number();
  trial.leave();
  print({{"number", "params"}, {{number, std::move(params)}}, true}, options.format);
}

struct TellOptions {
  Place place;
  int number = 0;
  std::vector<std::string> values;
  std::string state = "complete";
  bool skip_if_finished = false;
};

void tell(const TellOptions& options) {
  auto study = tune::Study::load(options.place.storage, options.place.study);
  for (const tune::TrialRecord& trial : study.trials())
    if (trial.number == options.number && is_finished(trial.state) && options.skip_if_finished)
      return;
  if (options.state == "complete") {
    std::vector<double> values;
    for (const std::string& text : options.values) {
      const auto value = parse_double(text);
      check(value && !std::isnan(*value),
            "tell: a complete trial needs --value, a number; it is {}", printable(text));
      values.push_back(*value);
    }
    const std::size_t count = study.directions().size();
    check(values.size() == count,
          "tell: a complete trial needs --value, a number for each objective; there are {} of {}",
          values.size(), count);
    return study.tell(options.number, tune::Outcome::complete(std::move(values)));
  }
  check(options.values.empty(), "tell: a {} trial has no value of its own", options.state);
  study.tell(options.number, options.state == "pruned"
                                 ? tune::Outcome::pruned("told on the command line")
                                 : tune::Outcome::failed("told on the command line"));
}

}  // namespace

void add_ask_commands(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "ask", "Begins a trial and prints its number and values; it runs until it is told");
  const auto options = std::make_shared<AskOptions>();
  add_place(*command, options->place);
  add_format(*command, options->format);
  command->add_option("--search-space", options->space,
                      "The parameters: a JSON object of distributions in Optuna's form");
  command->callback([options] { ask(*options); });

  CLI::App* end = app.add_subcommand("tell", "Ends a trial that `ask` has begun");
  const auto told = std::make_shared<TellOptions>();
  add_place(*end, told->place);
  end->add_option("--trial-number", told->number, "Its number")
      ->required()
      ->transform(app::whole_number(0, 1 << 30));
  end->add_option("--value,--values", told->values,
                  "The value of a complete trial; of several objectives one each, in their order");
  end->add_option("--state", told->state, "complete, pruned or fail")
      ->check(CLI::IsMember({"complete", "pruned", "fail"}))
      ->capture_default_str();
  end->add_flag("--skip-if-finished", told->skip_if_finished,
                "A trial that is finished already is no error");
  end->callback([told] { tell(*told); });
}

}  // namespace hone::command
