// The subcommands of hone_bench. Each adds itself, with its options and what it runs, to the app.
#pragma once

namespace CLI {
class App;
}

namespace hone::bench {

// ops: the perf mode of the table of op cases (tests/ops).
void add_ops_command(CLI::App& app);
// step: whole training steps of a network.
void add_step_command(CLI::App& app);
// tune: the trials of a study that trains nothing.
void add_tune_command(CLI::App& app);
// regret: how near samplers come to the minima of twenty functions, beside Optuna.
void add_regret_command(CLI::App& app);
// fronts: the hypervolumes that samplers reach on problems of several objectives, beside Optuna.
void add_fronts_command(CLI::App& app);
// full: the parts of fmnist_tune's preset `full`.
void add_full_command(CLI::App& app);
// curves: pruners at equal total epochs.
void add_curves_command(CLI::App& app);
// pruners: the same, of a real job.
void add_pruners_command(CLI::App& app);
// cost: samplers where trials differ in cost.
void add_cost_command(CLI::App& app);
// jobs: single-thread trainings side by side.
void add_jobs_command(CLI::App& app);

}  // namespace hone::bench
