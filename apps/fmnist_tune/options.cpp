// The command line, on CLI11.
#include "apps/fmnist_tune/options.h"

#include <CLI/CLI.hpp>

#include "apps/common/number_option.h"
#include "apps/common/program.h"
#include "base/version.h"

namespace hone::app {
namespace {

void add_preset_options(CLI::App& app, Options& options) {
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
  add_device_options(app, options);
  app.add_option("--epochs", options.epochs, "Epochs of a trial")
      ->transform(whole_number(1, 100000));
  app.add_option("--train-images", options.train_images,
                 "Training images of a trial (at most 55,000)")
      ->transform(whole_number(1, 1000000));
  app.add_option("--batch", options.batch, "Images in a batch, for trials and retraining")
      ->transform(whole_number(1, 65536));
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options options;
  options.command_line = command_line(argc, argv, "--fresh");
  CLI::App app(
      "Tunes a convolutional network on Fashion-MNIST: searches its hyperparameters, retrains the "
      "best\n"
      "configuration on the full training part and tests it once. The same command after Ctrl-C, a "
      "kill or\n"
      "the end goes on where it was, or prints the finished result again.");
  app.name("fmnist_tune");
  app.set_version_flag("--version", std::string("hone ") + kVersion);
  add_preset_options(app, options);
  CLI::App* predict =
      app.add_subcommand("predict", "Name the garment on PNG pictures with a trained model");
  predict->add_option("MODEL", options.model, "model.safetensors that a run wrote")->required();
  predict->add_option("IMAGE", options.images, "PNG pictures, one garment each")->required();
  predict->add_option("--device", options.device, "Where to compute")->capture_default_str();
  add_tune_options(app, options,
                   {"the preset's", "the preset's", "fmnist-<preset>", "runs/<study>"});
  app.require_subcommand(0, 1);
  parse_arguments(app, "fmnist_tune", argc, argv);
  options.predict = predict->parsed();
  check_options(app, options, options.predict);
  return options;
}

}  // namespace hone::app
