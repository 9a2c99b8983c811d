// Optuna's journal files: what is read is written again, and read as the same studies.
#include "tune/storage/journal.h"

#include "fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hone::tune;
  fuzz::refusing({hone::ErrorKind::data}, "input.log", [&] {
    const auto studies = read_journal(fuzz::text({data, size}), "input.log");
    const auto again = read_journal(write_journal(studies), "copy");
    fuzz::require(again.size() == studies.size(), "all studies come back");
    for (std::size_t i = 0; i < studies.size(); ++i) {
      fuzz::require(again[i].info.name == studies[i].info.name, "with their names");
      fuzz::require(again[i].trials.size() == studies[i].trials.size(), "and their trials");
      for (std::size_t t = 0; t < studies[i].trials.size(); ++t)
        fuzz::require(again[i].trials[t].state == studies[i].trials[t].state, "in their states");
    }
  });
  return 0;
}
