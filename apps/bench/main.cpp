// hone_bench: measurements. Each subcommand lives in a file of its own.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "apps/bench/commands.h"
#include "base/error.h"

int main(int argc, char** argv) {
  CLI::App app{
      "Measures hone: times are medians of interleaved runs, rates are given as a share of "
      "a peak measured in the same run."};
  app.require_subcommand(1);
  hone::bench::add_ops_command(app);
  hone::bench::add_step_command(app);
  hone::bench::add_jobs_command(app);
  hone::bench::add_tune_command(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const hone::Error& error) {
    fmt::print(stderr, "hone_bench: {}\n", error.what());
    return error.exit_code();
  } catch (const std::exception& error) {
    fmt::print(stderr, "hone_bench: {}\n", error.what());
    return 1;
  }
  return 0;
}
