// Sizes in bytes as text.
#include "base/byte_size.h"

#include <doctest/doctest.h>

#include <string>

namespace hone {
namespace {

TEST_CASE("a size is shown with three digits in the largest unit that it has one of") {
  CHECK(bytes_text(0) == "0 B");
  CHECK(bytes_text(1023) == "1023 B");
  CHECK(bytes_text(1024) == "1 KiB");
  CHECK(bytes_text(62720) == "61.2 KiB");
  CHECK(bytes_text(std::uint64_t{1020} * 1024) == "1020 KiB");
  CHECK(bytes_text((std::uint64_t{1} << 20) - 1) == "1 MiB");
  CHECK(bytes_text(std::uint64_t{5} << 30) == "5 GiB");
  CHECK(bytes_text(std::uint64_t{1} << 62) == "4194304 TiB");
}

TEST_CASE("a size is read with the units of 1024 and of 1000, or as bytes") {
  CHECK(parse_bytes("0") == 0);
  CHECK(parse_bytes("010") == 10);
  CHECK(parse_bytes("4611686018427387904") == std::uint64_t{1} << 62);
  CHECK(parse_bytes("1e6") == 1000000);
  CHECK(parse_bytes("1.5GiB") == std::uint64_t{3} << 29);
  CHECK(parse_bytes("1.5 gib") == std::uint64_t{3} << 29);
  CHECK(parse_bytes("2kB") == 2000);
  CHECK(parse_bytes("2 KB") == 2000);
  CHECK(parse_bytes("2.5MB") == 2500000);
  CHECK(parse_bytes("1GB") == 1000000000);
  CHECK(parse_bytes("3TiB") == std::uint64_t{3} << 40);
  CHECK(parse_bytes("7B") == 7);
  CHECK(parse_bytes(".5KiB") == 512);
  CHECK(parse_bytes("1e3KiB") == 1024000);
  CHECK(parse_bytes("0.3KiB") == 307);
  for (const char* bad : {"",
                          " ",
                          "MiB",
                          "-1",
                          "-1MiB",
                          "1.5",
                          "1e-3",
                          "nan",
                          "inf",
                          "1,5GiB",
                          "1GiBs",
                          "2G",
                          "2K",
                          "0x10",
                          "0.4B",
                          "0.0001kB",
                          "1e30",
                          "5000000TiB",
                          "4611686018427387905",
                          "1 MiB 2",
                          "one",
                          "1 B/s",
                          "1MiB "}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_bytes(bad).has_value());
  }
}

}  // namespace
}  // namespace hone
