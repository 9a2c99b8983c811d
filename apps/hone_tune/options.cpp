// The command line, on CLI11.
#include "apps/hone_tune/options.h"

#include <CLI/CLI.hpp>
#include <cctype>

#include "apps/common/number_option.h"
#include "apps/common/program.h"
#include "base/error.h"
#include "base/version.h"

namespace hone::app {
namespace {

// One sign, or "tab".
CLI::Validator one_sign() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        if (text == "tab" || text == "\\t") text = "\t";
        const auto sign = static_cast<unsigned char>(text.size() == 1 ? text[0] : '"');
        return std::isalnum(sign) || sign > 126 || text == "." || text == "-" || text == "+" ||
                       sign == '"' || (sign < ' ' && sign != '\t')
                   ? "one sign that is in no number, or tab, is needed"
                   : "";
      },
      "SIGN");
}

void add_table_options(CLI::App& app, OwnOptions& options) {
  app.add_option("--delimiter", options.delimiter,
                 "What divides the cells of a CSV file: one sign such as ';', or tab")
      ->transform(one_sign())
      ->default_str(",");
  app.add_option("--decimal", options.decimal,
                 "What stands before the fraction of a number in a CSV file: . or ,")
      ->check(CLI::IsMember({".", ","}))
      ->default_str(".");
}

void check_table_options(const OwnOptions& options) {
  check(options.decimal != "," || (!options.delimiter.empty() && options.delimiter != ","),
        "--decimal , needs cells that are divided by something else: --delimiter ';', for example");
}

void add_data_options(CLI::App& app, OwnOptions& options, std::string& task) {
  app.add_option(
      "DATA", options.data,
      "A CSV file with a line of names; a folder with one folder of PNG or JPEG pictures "
      "for each class; a folder with the four IDX files of (Fashion-)MNIST; an .npz file "
      "with the arrays x and y, or X and Y; an .npy file with the samples, --target naming a "
      "second one; a "
      "folder with sets of shards (docs/large-data.md) in train, "
      "validation and test");
  app.add_option("--task", task, "classify or regress")
      ->check(CLI::IsMember({"classify", "regress"}))
      ->capture_default_str();
  app.add_option(
      "--target", options.target,
      "What is to be predicted: the column of a CSV file, or the .npy file with a class or "
      "values for each sample of another one");
  app.add_option("--drop", options.drop,
                 "Columns of a CSV file that are not used: COLUMN,... (more than one --drop adds "
                 "up)")
      ->type_name("COLUMN,...")
      ->take_all()
      ->expected(1);
  add_table_options(app, options);
  app.add_option("--image-size", options.image_size,
                 "Height and width that the pictures of a folder are resized to")
      ->transform(whole_number(4, 1024));
  app.add_flag("--grey", options.grey, "Take the pictures of a folder without their colours");
  app.add_option("--arrays", options.arrays,
                 "What x of an .npz file, or an .npy file, holds: pictures [N, H, W] or [N, H, W, "
                 "C] with 1 or 3 "
                 "channels, or vectors of numbers; auto: as its shape says")
      ->check(CLI::IsMember({"auto", "pictures", "vectors"}))
      ->capture_default_str();
  const auto share = fmt::format("{}", kShare);
  app.add_option("--validation", options.validation,
                 "Share of the data that trials are judged by; shards bring their own")
      ->transform(real_number(0.01, 0.9))
      ->default_str(share);
  app.add_option("--test", options.test,
                 "Share of the data for the final test; IDX files and shards bring their own")
      ->transform(real_number(0.01, 0.9))
      ->default_str(share);
  app.add_option("--space", options.space,
                 "File with the search space as JSON; default: one that fits the data, which is "
                 "written to space.json in the output folder");
}

}  // namespace

OwnOptions parse_own_options(int argc, char** argv) {
  OwnOptions options;
  options.command_line = command_line(argc, argv, "--fresh");
  CLI::App app(
      "Tunes a network on data of your own: searches its layers and its training, retrains the "
      "best\n"
      "configuration and tests it once. The same command after Ctrl-C, a kill or the end goes on "
      "where\n"
      "it was, or prints the finished result again.");
  app.name("hone_tune");
  app.set_version_flag("--version", std::string("hone ") + kVersion);
  std::string task = "classify";
  add_data_options(app, options, task);
  add_device_options(app, options);
  add_tune_options(app, options, {"20", "median", "hone_tune", "runs/<study or name of the data>"});
  CLI::App* predict = app.add_subcommand("predict", "Use a trained model on new data");
  predict->add_option("MODEL", options.model, "Output folder of a run, or its model.safetensors")
      ->required();
  predict
      ->add_option("FILE", options.files,
                   "CSV, .npz or .npy files, whose answers are one table, or pictures")
      ->required();
  add_table_options(*predict, options);
  predict->add_option("--device", options.device, "Where to compute")->capture_default_str();
  app.require_subcommand(0, 1);
  parse_arguments(app, "hone_tune", argc, argv);
  options.predict = predict->parsed();
  check_options(app, options, options.predict);
  check_table_options(options);
  options.task = task == "regress" ? Task::regress : Task::classify;
  check(options.predict || !options.data.empty(), "DATA is missing; --help lists what it can be");
  const double validation = options.validation.value_or(kShare);
  const double test = options.test.value_or(kShare);
  check(validation + test < 0.95, "--validation {} and --test {} leave nothing to train on",
        validation, test);
  return options;
}

}  // namespace hone::app
