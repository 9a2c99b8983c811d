// The command line, on CLI11.
#include "apps/fmnist_tune/options.h"

#include <CLI/CLI.hpp>
#include <limits>

#include "apps/common/number_option.h"
#include "apps/common/program.h"
#include "apps/common/replay.h"
#include "apps/fmnist_tune/preset.h"
#include "base/error.h"
#include "base/version.h"
#include "kernels/device.h"
#include "tune/pruners/make_pruner.h"
#include "tune/samplers/make_sampler.h"

namespace hone::app {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void add_surroundings_options(CLI::App& app, Options& options) {
  app.add_option(
         "--preset", options.preset,
         "What to search and how long:\n"
         "  quick     the tutorial's space corrected and narrowed, median pruner (about 5 "
         "minutes on 2 cores)\n"
         "  full      batch norm, one-cycle rate, label smoothing, augmentation and averaged "
         "weights: a search around that recipe, then 14 epochs\n"
         "  tutorial  the tutorial word for word: 50 trials of 20 epochs on 55,000 images "
         "(days on 2 cores)")
      ->capture_default_str();
  app.add_option(
      "--data", options.data,
      "Folder with the four Fashion-MNIST files; default: $HONE_DATA, the Debian package "
      "dataset-fashion-mnist, then ~/.cache/hone/fashion-mnist");
  app.add_option("--classes", options.classes,
                 "File with the names of the classes, one a line in the order of the labels; "
                 "default: those of Fashion-MNIST for its own files, classes.txt in the data "
                 "folder, else numbers");
  app.add_option("--device", options.device,
                 "Where to compute: " + joined(device_names()) +
                     ", cuda (cuda:1 is the second GPU), or auto: the fastest that is here")
      ->capture_default_str();
  app.add_option_function<std::string>(
         "--math", [&options](const std::string& name) { options.math = math_named(name); },
         "Products and convolutions in fp32, or with factors rounded to tf32 or bf16 on a GPU "
         "that has it. Part of the study")
      ->check(CLI::IsMember({"fp32", "tf32", "bf16"}))
      ->default_str("fp32");
  app.add_option(
         "--threads", options.threads,
         "CPU threads in all, shared by the jobs; 0: every processor. Results do not depend on it")
      ->transform(whole_number(0, 1024))
      ->capture_default_str();
}

void add_study_options(CLI::App& app, Options& options) {
  app.add_option("--trials", options.trials, "Trials in total; a finished study with fewer goes on")
      ->transform(whole_number(1, 1000000));
  app.add_option("--epochs", options.epochs, "Epochs of a trial")
      ->transform(whole_number(1, 100000));
  app.add_option("--train-images", options.train_images,
                 "Training images of a trial (at most 55,000)")
      ->transform(whole_number(1, 1000000));
  app.add_option("--batch", options.batch, "Images in a batch, for trials and retraining")
      ->transform(whole_number(1, 65536));
  app.add_option("--timeout", options.timeout,
                 "Start no trial after this many seconds; 0: no limit")
      ->transform(real_number(0, 1e9))
      ->capture_default_str();
  app.add_option("--jobs", options.jobs, "Trials side by side, each on its share of the threads")
      ->transform(whole_number(1, 256))
      ->capture_default_str();
  app.add_option(
         "--lag", options.lag,
         "Trial n learns from the trials 0 to n - LAG and no other. Part of the study, whose "
         "results then do not depend on --jobs, at most this many; default: 4 for a new "
         "study")
      ->transform(whole_number(1, 256));
  app.add_option("--sampler", options.sampler, tune::kind_names(tune::sampler_kinds()))
      ->capture_default_str();
  app.add_option("--pruner", options.pruner,
                 tune::kind_names(tune::pruner_kinds()) + "; default: the preset's");
  app.add_option(
      "--storage", options.storage,
      "sqlite:///FILE or postgresql://USER@HOST/DATABASE (in Optuna's schema), or memory; "
      "default: study.db in the output folder");
  app.add_option("--study", options.study, "Name of the study; default: fmnist-<preset>");
  app.add_option("--seed", options.seed, "Seed of everything random")
      ->transform(whole_number(0, std::numeric_limits<std::uint64_t>::max()))
      ->capture_default_str();
  app.add_option("--out", options.out,
                 "Output folder; default: runs/<study> in the working directory");
  add_cost_options(app, options.limits);
  add_rerun_options(app, options.reruns);
  app.add_option("--final-epochs", options.final_epochs, "Epochs of the final training")
      ->transform(whole_number(1, 100000));
  app.add_flag("--no-retrain", options.no_retrain,
               "Stop after the search: no final training, no test");
  app.add_flag("--fresh", options.fresh, "Delete the study and its results first, and start anew");
  app.add_flag("--take-over", options.take_over,
               "Run the trials at once that other workers of this study hold, also living ones, "
               "whose results of them are then dropped");
  app.add_flag("--quiet", options.quiet, "Print the result only");
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options options;
  options.command_line = command_line(argc, argv);
  CLI::App app(
      "Tunes a convolutional network on Fashion-MNIST: searches its hyperparameters, retrains the "
      "best\n"
      "configuration on the full training part and tests it once. The same command after Ctrl-C, a "
      "kill or\n"
      "the end goes on where it was, or prints the finished result again.");
  app.name("fmnist_tune");
  app.set_version_flag("--version", std::string("hone ") + kVersion);
  add_surroundings_options(app, options);
  add_study_options(app, options);
  CLI::App* predict =
      app.add_subcommand("predict", "Name the garment on PNG pictures with a trained model");
  predict->add_option("MODEL", options.model, "model.safetensors that a run wrote")->required();
  predict->add_option("IMAGE", options.images, "PNG pictures, one garment each")->required();
  predict->add_option("--device", options.device, "Where to compute")->capture_default_str();
  add_replay_command(app, options.replay);
  app.require_subcommand(0, 1);
  parse_arguments(app, "fmnist_tune", argc, argv);
  options.predict = predict->parsed();
  return options;
}

std::shared_ptr<Device> device_of(const Options& options, std::string* note) {
  try {
    return open_device(options.device, note);
  } catch (const Error& error) {
    fail(error.kind(), "--device {}: {}", printable(options.device), error.what());
  }
}

}  // namespace hone::app
