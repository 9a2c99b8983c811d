// hone_tune: a network for data of one's own. See --help.
#include "apps/common/program.h"
#include "apps/hone_tune/tune_command.h"

int main(int argc, char** argv) {
  using namespace hone::app;
  return run_program("hone_tune", [&] {
    const TuneOptions options = parse_tune_options(argc, argv);
    const hone::CancelToken cancel = stop_on_signals("this batch");
    Console console(options.quiet);
    if (options.replay) {
      replay_own_data(options, cancel, console);
      return 0;
    }
    if (!options.predict) return tune_own_data(options, cancel, console);
    predict_own_data(options, console);
    return 0;
  });
}
