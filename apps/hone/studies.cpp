// hone create-study, delete-study, studies, set-user-attr.
#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include <filesystem>

#include "apps/common/checkpoint_files.h"
#include "apps/common/number_option.h"
#include "apps/common/study_texts.h"
#include "apps/hone/commands.h"
#include "apps/hone/table.h"
#include "base/error.h"
#include "tune/pruners/make_pruner.h"
#include "tune/samplers/make_sampler.h"
#include "tune/study.h"

namespace hone::command {
namespace {

std::string optuna_name(tune::Direction direction) {
  return direction == tune::Direction::minimize ? "MINIMIZE" : "MAXIMIZE";
}

struct CreateOptions {
  Place place;
  std::vector<std::string> directions = {"minimize"};
  std::string sampler, sampler_options = "{}", pruner = "none", pruner_options = "{}";
  int reported = 0;
  std::uint64_t seed = 0;
  bool skip_if_exists = false, live = false;
};

void create(const CreateOptions& options) {
  std::vector<tune::Direction> directions;
  for (const std::string& name : options.directions)
    directions.push_back(name == "minimize" ? tune::Direction::minimize
                                            : tune::Direction::maximize);
  const auto study = tune::Study::open(
      {.storage = options.place.storage,
       .name = options.place.study,
       .directions = std::move(directions),
       .reported_objective = options.reported,
       .sampler = options.sampler.empty()
                      ? tune::make_default_sampler()
                      : tune::make_sampler(options.sampler, options.sampler_options),
       .pruner = tune::make_pruner(options.pruner, options.pruner_options),
       .seed = options.seed,
       .load_if_exists = options.skip_if_exists,
       .deterministic = !options.live});
  fmt::print("{}\n", printable(study.name()));
}

void add_create(CLI::App& app) {
  CLI::App* command = app.add_subcommand("create-study", "Makes a study and prints its name");
  const auto options = std::make_shared<CreateOptions>();
  add_place(*command, options->place);
  command
      ->add_option("--direction,--directions", options->directions,
                   "minimize or maximize; of several objectives one each")
      ->check(CLI::IsMember({"minimize", "maximize"}))
      ->capture_default_str();
  command
      ->add_option("--reported-objective", options->reported,
                   "Of several objectives the one, from 0, that trials report and the pruner sees")
      ->transform(app::whole_number(0, 1 << 20))
      ->capture_default_str();
  command->add_option("--sampler", options->sampler,
                      "How values are chosen: " + tune::kind_names(tune::sampler_kinds()));
  command->add_option("--sampler-options", options->sampler_options, "Its options, a JSON object");
  command
      ->add_option("--pruner", options->pruner,
                   "When trials are stopped: " + tune::kind_names(tune::pruner_kinds()))
      ->capture_default_str();
  command->add_option("--pruner-options", options->pruner_options, "Its options, a JSON object");
  command->add_option("--seed", options->seed, "Of everything random in it")->capture_default_str();
  command->add_flag("--live", options->live,
                    "Trials see whatever is finished, so results depend on timing");
  command->add_flag("--skip-if-exists", options->skip_if_exists,
                    "A study of that name that is there already is left as it is");
  command->callback([options, command] {
    check(!options->sampler.empty() || command->count("--sampler-options") == 0,
          "create-study: --sampler-options does nothing without --sampler");
    create(*options);
  });
}

// Empty where the study is too damaged to say it, which does not keep it from being removed.
std::string token_of(const Place& place) {
  const auto storage = tune::open_storage(place.storage, {.create = false});
  try {
    const auto info = storage->find_study(place.study);
    return info ? info->key.token : "";
  } catch (const tune::StoreError&) {
    return "";
  }
}

// The programs that tune keep their checkpoints beside the database, where no other is named.
void remove(const Place& place) {
  const std::string token = token_of(place);
  tune::Study::remove(place.storage, place.study);
  if (!place.storage.starts_with(app::kSqlite)) return;
  const std::filesystem::path file = place.storage.substr(app::kSqlite.size());
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  if (const int count = app::remove_study_checkpoints(folder, token); count > 0)
    fmt::print("removed {} checkpoint files of its trials in {}\n", count,
               printable(folder.string()));
}

void add_delete(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "delete-study",
      "Removes a study, its trials, and their checkpoints beside the database; not while a process "
      "works on it");
  const auto place = std::make_shared<Place>();
  add_place(*command, *place);
  command->get_option("--study-name")->description("The study; it must be named");
  command->callback([place] {
    check(!place->study.empty(), "delete-study: say which study, with --study-name");
    remove(*place);
  });
}

void list(const Place& place, Format format) {
  Table table{{"name", "direction", "n_trials", "complete", "pruned", "failed", "running",
               "waiting", "best"},
              {}};
  for (const tune::StudySummary& study : tune::Study::list(place.storage)) {
    Json directions = Json::array();
    for (const tune::Direction direction : study.directions)
      directions.push_back(optuna_name(direction));
    table.rows.push_back({study.name,
                          study.directions.size() == 1 ? Json(optuna_name(study.directions[0]))
                                                       : std::move(directions),
                          study.trials, study.complete, study.pruned, study.failed, study.running,
                          study.waiting, study.best});
  }
  print(table, format);
}

void add_list(CLI::App& app) {
  CLI::App* command = app.add_subcommand("studies", "Lists the studies of a storage");
  const auto place = std::make_shared<Place>();
  const auto format = std::make_shared<Format>();
  add_storage(*command, *place);
  add_format(*command, *format);
  command->callback([place, format] { list(*place, *format); });
}

void add_set_user_attr(CLI::App& app) {
  struct Options {
    Place place;
    std::string key, value;
  };
  CLI::App* command = app.add_subcommand("set-user-attr", "Sets an attribute of a study to a text");
  const auto options = std::make_shared<Options>();
  add_place(*command, options->place);
  command->add_option("-k,--key", options->key, "The name of the attribute")->required();
  command->add_option("-V,--value", options->value, "What it is set to")->required();
  command->callback([options] {
    tune::Study::load(options->place.storage, options->place.study)
        .set_user_attr(options->key, options->value);
  });
}

}  // namespace

void add_storage(CLI::App& app, Place& place) {
  app.add_option("--storage", place.storage,
                 "sqlite:///FILE or postgresql://USER@HOST/DATABASE; else OPTUNA_STORAGE")
      ->envname("OPTUNA_STORAGE")
      ->required();
}

void add_place(CLI::App& app, Place& place) {
  add_storage(app, place);
  app.add_option("--study-name", place.study,
                 "The study; may be left out where the storage has exactly one");
}

void add_study_commands(CLI::App& app) {
  add_create(app);
  add_delete(app);
  add_list(app);
  add_set_user_attr(app);
}

}  // namespace hone::command
