// hone replay.
#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "apps/common/number_option.h"
#include "apps/common/program.h"
#include "apps/common/replay.h"
#include "apps/hone/commands.h"
#include "base/error.h"

namespace hone::command {
namespace {

namespace fs = std::filesystem;

// Only programs of hone's are started for a study, whatever its database says.
constexpr const char* kPrograms[] = {"fmnist_tune", "hone_tune"};

// The program beside this one.
std::string path_of(const std::string& program) {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (!error && fs::exists(self.parent_path() / program, error))
    return (self.parent_path() / program).string();
  return program;  // looked for on PATH
}

[[noreturn]] void replay(const Place& place, int number) {
  std::vector<std::string> words;
  {
    const auto study = tune::Study::load(place.storage, place.study);
    app::trial_of(study, number);
    words = app::kept_program(study);
    check(
        !words.empty(),
        "replay: study {} does not say which program trains its trials: fmnist_tune and hone_tune "
        "note it when they run. In a program of your own, tune::training::replay_trial() does it",
        printable(study.name()));
    bool known = false;
    for (const char* program : kPrograms) known = known || words[0] == program;
    check(known, "replay: study {} was made by {}, which is no program of hone's",
          printable(study.name()), printable(words[0]));
    words.insert(words.end(), {"--storage", place.storage, "--study", study.name(), "replay",
                               fmt::format("{}", number)});
  }
  words[0] = path_of(words[0]);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::fflush(stdout);
  ::execvp(arguments[0], arguments.data());
  fail(ErrorKind::usage, "replay: {} cannot be started: {}", printable(words[0]),
       std::strerror(errno));
}

}  // namespace

void add_replay_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "replay",
      "Trains a trial again and compares all of its values bit for bit, with the program that made "
      "the study");
  const auto place = std::make_shared<Place>();
  const auto number = std::make_shared<int>(0);
  command->add_option("trial", *number, "Its number")
      ->required()
      ->transform(app::whole_number(0, 1 << 30));
  add_place(*command, *place);
  command->callback([place, number] { replay(*place, *number); });
}

}  // namespace hone::command
