// Signals, exit codes, command lines.
#include "apps/common/program.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "apps/common/console.h"
#include "base/error.h"
#include "tune/storage/storage.h"

namespace hone::app {
namespace {

std::atomic<bool> g_cancelled{false};  // set by the signal handler, read through a CancelToken
// What the handler says; written before it is installed. Never freed: a signal may come while the
// process ends.
std::string& g_stopping = *new std::string;

extern "C" void on_signal(int) {
  if (g_cancelled.exchange(true)) _exit(static_cast<int>(ErrorKind::interrupted));
  if (::write(STDERR_FILENO, g_stopping.data(), g_stopping.size()) < 0) return;
}

// A word as a shell reads it back.
std::string shell_word(const std::string& word) {
  constexpr const char* kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=,+-@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

// A word without the password of a storage, because the line is stored and shown.
std::string shown(const std::string& word) {
  return word.find("://") == std::string::npos ? word : tune::shown_url(word);
}

}  // namespace

CancelToken stop_on_signals(const std::string& after) {
  g_stopping = "\nstopping after " + after + "; press Ctrl-C again to stop at once\n";
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  return CancelToken(g_cancelled);
}

int run_program(const std::string& name, const std::function<int()>& body) {
  std::signal(
      SIGXFSZ,
      SIG_IGN);  // a file beyond the limit (ulimit -f) is then a failed write, as on a full disk
  try {
    const int code = body();
    if (code != 0 || (std::fflush(stdout) == 0 && std::ferror(stdout) == 0)) return code;
    print_error(name, "standard output: cannot be written; what was printed is lost");
    return static_cast<int>(ErrorKind::storage);
  } catch (const Error& error) {
    print_error(name, error.what());
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    print_error(name, "out of memory");
  } catch (const std::exception& error) {
    print_error(name, error.what());
  }
  return static_cast<int>(ErrorKind::internal);
}

void parse_arguments(CLI::App& app, const std::string& program, int argc, const char* const* argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    app.exit(success);  // prints the help or the version
    std::exit(0);
  } catch (const CLI::ExtrasError&) {  // its own text has them in reverse order
    std::string words;
    for (const std::string& word : app.remaining(true)) words += " " + word;
    fail(ErrorKind::usage, "not understood:{}; {} --help lists the options", words, program);
  } catch (const CLI::ParseError& error) {
    fail(ErrorKind::usage, "{}; {} --help lists the options", error.what(), program);
  }
}

std::string command_line(int argc, const char* const* argv, const std::string& left_out) {
  std::string line;
  for (int i = 0; i < argc; ++i)
    if (left_out.empty() || left_out != argv[i])
      line += (i ? " " : "") + shell_word(shown(argv[i]));
  return line;
}

}  // namespace hone::app
