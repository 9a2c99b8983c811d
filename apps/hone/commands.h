// The subcommands of hone. Each group adds its own to the app.
#pragma once

#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace hone::command {

// What most subcommands are told: which study.
struct Place {
  std::string storage;  // a URL
  std::string study;    // empty: the only one that is there
};

// --storage (or OPTUNA_STORAGE in the environment) and --study-name.
void add_place(CLI::App& app, Place& place);
void add_storage(CLI::App& app, Place& place);

// create-study, delete-study, studies, set-user-attr
void add_study_commands(CLI::App& app);
// trials, best-trial, best-trials, why, importance
void add_trial_commands(CLI::App& app);
// ask, tell
void add_ask_commands(CLI::App& app);
// report, watch
void add_show_commands(CLI::App& app);
// replay
void add_replay_command(CLI::App& app);
// export, import
void add_transfer_commands(CLI::App& app);

}  // namespace hone::command
