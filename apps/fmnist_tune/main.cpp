// fmnist_tune: search, retrain, test, report. See --help.
#include "apps/common/program.h"
#include "apps/fmnist_tune/problem.h"
#include "apps/tuning/tune.h"

int main(int argc, char** argv) {
  using namespace hone::app;
  return run_program("fmnist_tune", [&] {
    const Options options = parse_options(argc, argv);
    const hone::CancelToken cancel = stop_on_signals("this batch");
    Console console(options.quiet);
    if (options.predict) {
      predict(options, console);
      return 0;
    }
    Run run = prepare(options, cancel, console);
    if (!options.replay) return tune_problem(run, console);
    replay_problem(run, console);
    return 0;
  });
}
