// hone_bench: measurements. Each subcommand lives in a file of its own.
#include <CLI/CLI.hpp>

#include "apps/bench/commands.h"
#include "apps/common/program.h"

int main(int argc, char** argv) {
  return hone::app::run_program("hone_bench", [&] {
    CLI::App app{
        "Measures hone: times are medians of interleaved runs, rates are given as a share of "
        "a peak measured in the same run."};
    app.require_subcommand(1);
    hone::bench::add_ops_command(app);
    hone::bench::add_step_command(app);
    hone::bench::add_jobs_command(app);
    hone::bench::add_full_command(app);
    hone::bench::add_tune_command(app);
    hone::bench::add_regret_command(app);
    hone::bench::add_fronts_command(app);
    hone::bench::add_curves_command(app);
    hone::bench::add_pruners_command(app);
    hone::bench::add_cost_command(app);
    hone::app::parse_arguments(app, "hone_bench", argc, argv);
    return 0;
  });
}
