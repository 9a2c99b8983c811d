// hone export, import.
#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "apps/hone/commands.h"
#include "base/error.h"
#include "base/files.h"
#include "tune/add_study.h"
#include "tune/storage/journal.h"
#include "tune/study.h"

namespace hone::command {
namespace {

void print_or_write(const std::string& text, const std::string& file) {
  if (file.empty())
    fmt::print("{}", text);
  else
    write_file_atomic(file, std::string_view(text));
}

std::string journal_of(const Place& place) {
  const auto storage = tune::open_storage(place.storage, {.create = false, .may_read_only = true});
  std::vector<tune::JournalStudy> studies;
  for (const tune::StudySummary& summary : storage->list_studies()) {
    if (!place.study.empty() && summary.name != place.study) continue;
    const auto info = storage->find_study(summary.name);
    if (!info) continue;  // it went at this moment
    tune::JournalStudy study{*info, storage->read_trials(info->key)};
    studies.push_back(std::move(study));
  }
  check(!studies.empty(), "export: {} has no such study", printable(storage->description()));
  return tune::write_journal(studies);
}

struct ExportOptions {
  Place place;
  std::string kind = "json", file;
};

void export_study(const ExportOptions& options) {
  if (options.kind == "journal") return print_or_write(journal_of(options.place), options.file);
  const auto study = tune::Study::load(options.place.storage, options.place.study);
  print_or_write(options.kind == "csv" ? study.trials_csv() : study.trials_json() + "\n",
                 options.file);
}

struct ImportOptions {
  Place place;
  std::string file, name;
};

void import_journal(const ImportOptions& options) {
  std::vector<tune::JournalStudy> studies =
      tune::read_journal(read_text_file(options.file, std::uint64_t{1} << 30), options.file);
  if (!options.place.study.empty())
    std::erase_if(studies,
                  [&](const auto& study) { return study.info.name != options.place.study; });
  check(!studies.empty(), "import: {} has no such study", printable(options.file));
  check(options.name.empty() || studies.size() == 1,
        "import: {} has {} studies; say with --study-name which one is to be named {}",
        printable(options.file), studies.size(), printable(options.name));
  const auto storage = tune::open_storage(options.place.storage);
  for (const tune::JournalStudy& study : studies) {
    const std::string& name = options.name.empty() ? study.info.name : options.name;
    check(!storage->find_study(name),
          "import: {} has a study {} already; give it another name with --as",
          printable(storage->description()), printable(name));
  }
  for (const tune::JournalStudy& study : studies) {
    const std::string& name = options.name.empty() ? study.info.name : options.name;
    tune::add_study(*storage, name, study.info, study.trials);
    fmt::print("{}: {} trials\n", printable(name), study.trials.size());
  }
}

}  // namespace

void add_transfer_commands(CLI::App& app) {
  CLI::App* out = app.add_subcommand(
      "export", "Writes trials as JSON or CSV, or studies as Optuna's journal file");
  const auto options = std::make_shared<ExportOptions>();
  add_place(*out, options->place);
  out->add_option("-f,--format", options->kind,
                  "json, csv or journal (all studies, unless one is named)")
      ->check(CLI::IsMember({"json", "csv", "journal"}))
      ->capture_default_str();
  out->add_option("-o,--output", options->file,
                  "The file, which is replaced; else standard output");
  out->callback([options] { export_study(*options); });

  CLI::App* in = app.add_subcommand("import", "Reads the studies of Optuna's journal file");
  const auto into = std::make_shared<ImportOptions>();
  in->add_option("file", into->file, "The journal file")->required();
  add_place(*in, into->place);
  in->add_option("--as", into->name, "The name that the study gets");
  in->callback([into] { import_journal(*into); });
}

}  // namespace hone::command
