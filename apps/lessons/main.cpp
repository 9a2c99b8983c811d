// hone_lessons LESSON [FOLDER]: the pictures of a page of docs/lessons, and the numbers that it
// shows.
#include <fmt/core.h>

#include <cstdio>
#include <filesystem>
#include <string_view>

#include "apps/lessons/lessons.h"
#include "base/error.h"

int main(int argc, char** argv) {
  const std::string_view lesson = argc > 1 ? argv[1] : "";
  const std::filesystem::path folder = argc > 2 ? argv[2] : ".";
  try {
    if (lesson == "tpe" && argc <= 3) {
      hone::lessons::draw_tpe(folder);
    } else if (lesson == "gaussian-process" && argc <= 3) {
      hone::lessons::draw_gaussian_process(folder);
    } else if (lesson == "pruning" && argc <= 3) {
      hone::lessons::draw_pruning(folder);
    } else {
      fmt::print(stderr, "usage: hone_lessons tpe|gaussian-process|pruning [FOLDER]\n");
      return static_cast<int>(hone::ErrorKind::usage);
    }
  } catch (const hone::Error& error) {
    fmt::print(stderr, "hone_lessons: {}\n", hone::printable_lines(error.what()));
    return error.exit_code();
  }
}
