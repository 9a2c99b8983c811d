// How a program begins and ends: signals that ask it to stop, errors as messages and exit codes.
#pragma once

#include <functional>
#include <string>

#include "base/cancel.h"

namespace CLI {
class App;
}

namespace hone::app {

// Ctrl-C and SIGTERM: the first one cancels the token and says on standard error that the program
// stops after `after` ("this batch"), the second ends the process at once with exit code 130. For
// one call in a process.
CancelToken stop_on_signals(const std::string& after);

// body()'s exit code; what it throws becomes a message on standard error and the exit code of its
// kind, 1 for what is no hone::Error. Where standard output could not be written (a full disk), 0
// becomes the code of a storage error.
int run_program(const std::string& name, const std::function<int()>& body);

// app.parse(): prints the help or the version and ends the process with 0 where that was asked for;
// throws Error(usage) for a wrong command line.
void parse_arguments(CLI::App& app, const std::string& program, int argc, const char* const* argv);

// The arguments as a shell reads them back, for "to go on, run: ..."; those that are `left_out` are
// not among them.
std::string command_line(int argc, const char* const* argv, const std::string& left_out = {});

}  // namespace hone::app
