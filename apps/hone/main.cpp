// hone: studies from the command line, as Optuna's own command has them, and what only hone knows
// of them.
#include <CLI/CLI.hpp>

#include "apps/common/program.h"
#include "apps/hone/commands.h"

int main(int argc, char** argv) {
  return hone::app::run_program("hone", [&] {
    CLI::App app{"Makes, shows, moves and continues studies in any storage that hone knows."};
    app.require_subcommand(1);
    hone::command::add_study_commands(app);
    hone::command::add_trial_commands(app);
    hone::command::add_ask_commands(app);
    hone::command::add_show_commands(app);
    hone::command::add_replay_command(app);
    hone::command::add_transfer_commands(app);
    hone::app::parse_arguments(app, "hone", argc, argv);
    return 0;
  });
}
