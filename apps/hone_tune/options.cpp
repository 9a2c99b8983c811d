// The command line, on CLI11.
#include "apps/hone_tune/options.h"

#include <CLI/CLI.hpp>
#include <limits>

#include "apps/common/number_option.h"
#include "apps/common/program.h"
#include "apps/common/replay.h"
#include "base/error.h"
#include "base/version.h"

namespace hone::app {
namespace {

void add_data_options(CLI::App& app, TuneOptions& options, std::string& task) {
  app.add_option(
      "DATA", options.data,
      "A CSV file with a line of names; a folder with one folder of PNG or JPEG pictures "
      "for each class; a folder with the four IDX files of (Fashion-)MNIST; a .npz file "
      "with the arrays x and y; a folder with sets of shards (docs/large-data.md) in train, "
      "validation and test");
  app.add_option("--task", task, "classify or regress")
      ->check(CLI::IsMember({"classify", "regress"}))
      ->capture_default_str();
  app.add_option("--target", options.target, "The column of a CSV file that is to be predicted");
  app.add_option("--image-size", options.image_size,
                 "Height and width that the pictures of a folder are resized to")
      ->transform(whole_number(4, 1024));
  app.add_flag("--grey", options.grey, "Take the pictures of a folder without their colours");
  app.add_option("--validation", options.validation, "Share of the data that trials are judged by")
      ->transform(real_number(0.01, 0.9))
      ->capture_default_str();
  app.add_option("--test", options.test,
                 "Share of the data for the final test; IDX files bring their own")
      ->transform(real_number(0.01, 0.9))
      ->capture_default_str();
}

void add_study_options(CLI::App& app, TuneOptions& options) {
  app.add_option("--space", options.space,
                 "File with the search space as JSON; default: one that fits the data, which is "
                 "written to space.json in the output folder");
  app.add_option("--trials", options.trials, "Trials in total; a finished study with fewer goes on")
      ->transform(whole_number(1, 1000000))
      ->capture_default_str();
  app.add_option("--jobs", options.jobs, "Trials side by side, at most 4")
      ->transform(whole_number(1, 4))
      ->capture_default_str();
  app.add_option("--threads", options.threads,
                 "CPU threads in all, shared by the jobs; 0: every processor")
      ->transform(whole_number(0, 1024))
      ->capture_default_str();
  app.add_option("--timeout", options.timeout,
                 "Start no trial after this many seconds; 0: no limit")
      ->transform(real_number(0, 1e9))
      ->capture_default_str();
  add_cost_options(app, options.limits);
  add_rerun_options(app, options.reruns);
  app.add_option("--seed", options.seed, "Seed of everything random")
      ->transform(whole_number(0, std::numeric_limits<std::uint64_t>::max()))
      ->capture_default_str();
  app.add_option("--device", options.device, "Where to compute")->capture_default_str();
  app.add_option("--out", options.out, "Output folder; default: runs/<name of the data>");
  app.add_flag("--quiet", options.quiet, "Print the result only");
}

}  // namespace

TuneOptions parse_tune_options(int argc, char** argv) {
  TuneOptions options;
  options.command_line = command_line(argc, argv);
  CLI::App app(
      "Searches a network and its training for data of your own, trains the best one, tests it.\n"
      "The same command goes on where it was interrupted.");
  app.set_version_flag("--version", kVersion);
  std::string task = "classify";
  add_data_options(app, options, task);
  add_study_options(app, options);
  CLI::App* predict = app.add_subcommand("predict", "Use a trained model on new data");
  predict->add_option("MODEL", options.model, "Output folder of a run, or its model.safetensors")
      ->required();
  predict->add_option("FILE", options.files, "CSV or .npz files, or pictures")->required();
  predict->add_option("--device", options.device, "Where to compute")->capture_default_str();
  add_replay_command(app, options.replay);
  app.require_subcommand(0, 1);
  parse_arguments(app, "hone_tune", argc, argv);
  options.predict = predict->parsed();
  options.task = task == "regress" ? Task::regress : Task::classify;
  check(options.predict || !options.data.empty(), "DATA is missing; --help lists what it can be");
  check(options.validation + options.test < 0.95,
        "--validation {} and --test {} leave nothing to train on", options.validation,
        options.test);
  return options;
}

}  // namespace hone::app
