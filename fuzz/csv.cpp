// Tables from CSV, and the numbers that are made of them.
#include <cmath>

#include "base/utf8.h"
#include "fuzz/target.h"
#include "nn/data/table.h"
#include "nn/data/table_encoder.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hone::nn::data;
  fuzz::refusing({hone::ErrorKind::data}, "input.csv", [&] {
    const Table table = parse_csv(fuzz::text({data, size}), "input.csv");
    const auto rows = static_cast<std::size_t>(table.rows);
    fuzz::require(rows > 0 && !table.columns.empty(), "rows and columns");
    for (const TableColumn& column : table.columns) {
      fuzz::require(!column.name.empty() && hone::is_utf8(column.name), "a name is text");
      if (column.is_number) {
        fuzz::require(column.numbers.size() == rows && column.codes.empty(), "a number each");
        continue;
      }
      fuzz::require(column.codes.size() == rows && column.numbers.empty(), "a category each");
      const auto count = static_cast<std::int32_t>(column.categories.size());
      for (const std::int32_t code : column.codes)
        fuzz::require(code >= -1 && code < count, "a category that there is");
      for (std::size_t i = 1; i < column.categories.size(); ++i)
        fuzz::require(column.categories[i - 1] < column.categories[i], "in order, each once");
    }
    // An infinite number is refused here.
    const TableEncoder encoder(table);
    const std::vector<float> encoded = encoder.encode(table);
    fuzz::require(encoded.size() == rows * static_cast<std::size_t>(encoder.width()), "a row each");
    for (const float number : encoded) fuzz::require(std::isfinite(number), "finite");
    fuzz::require(TableEncoder::from_json(encoder.json(), "input.csv") == encoder,
                  "the same again");
  });
  return 0;
}
