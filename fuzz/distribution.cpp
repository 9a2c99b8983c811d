// The JSON of distributions and of values, as it stands in a study.
#include "tune/distribution.h"

#include <string>

#include "fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hone::tune;
  const std::string text(fuzz::text({data, size}));
  fuzz::refusing({hone::ErrorKind::storage}, "distribution", [&] {
    const Distribution distribution = distribution_from_json(text);
    const std::string again = to_json(distribution);
    fuzz::require(to_json(distribution_from_json(again)) == again, "a distribution comes back");
  });
  fuzz::refusing({hone::ErrorKind::storage}, "value", [&] {
    const Value value = value_from_json(text);
    const std::string again = to_json(value);
    const Value back = value_from_json(again);
    fuzz::require(back.index() == value.index() && to_json(back) == again, "a value comes back");
  });
  return 0;
}
