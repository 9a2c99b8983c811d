// How a program begins and ends: signals that ask it to stop, errors as messages and exit codes.
#pragma once

#include <functional>
#include <string>

#include "base/cancel.h"

namespace hone::app {

// Ctrl-C and SIGTERM: the first one cancels the token and says on standard error that the program
// stops after `after` ("this batch"), the second ends the process at once with exit code 130. For
// one call in a process.
CancelToken stop_on_signals(const std::string& after);

// body()'s exit code; what it throws becomes a message on standard error and the exit code of its
// kind, 1 for what is no hone::Error.
int run_program(const std::string& name, const std::function<int()>& body);

// The arguments as a shell reads them back, for "run the same command to go on".
std::string command_line(int argc, const char* const* argv);

}  // namespace hone::app
