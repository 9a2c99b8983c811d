// The JSON of networks: what is accepted is written again and read as the same.
#include "nn/network.h"

#include <string>

#include "fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hone::nn;
  fuzz::refusing({hone::ErrorKind::data}, "network", [&] {
    const Network network = network_from_json(std::string(fuzz::text({data, size})));
    const std::string text = to_json(network);
    fuzz::require(to_json(network_from_json(text)) == text, "a network comes back");
  });
  return 0;
}
