// JSON text: what is read is written in every format and read as the same value.
#include "base/json.h"

#include "fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using hone::Json;
  using hone::JsonDocument;
  fuzz::refusing({hone::ErrorKind::data}, "input.json", [&] {
    const JsonDocument document(fuzz::text({data, size}), "input.json");
    const Json& json = document.json();
    for (const int indent : {0, 2}) {
      const std::string text = write_json(json, {.indent = indent});
      fuzz::require(JsonDocument(text, "copy").json() == json, "a value comes back");
    }
    const std::string strict = write_json(json, {.strict = true});
    const std::string again = write_json(JsonDocument(strict, "copy").json(), {.strict = true});
    fuzz::require(again == strict, "strict JSON comes back as it was");
  });
  return 0;
}
