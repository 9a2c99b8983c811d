// The description of a set of shards. The shards themselves are safetensors files.
#include "nn/data/shards.h"

#include <filesystem>
#include <fstream>

#include "fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("hone-fuzz-shards-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::filesystem::path about = folder / "shards.json";
  std::ofstream(about, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  fuzz::refusing({hone::ErrorKind::data}, about.string(), [&] {
    const hone::nn::data::ShardFolder shards(folder.string());
    fuzz::require(shards.count() >= 1 && shards.rows() >= 1 && shards.shards() >= 1,
                  "a set has samples");
    std::int64_t samples = 0;
    for (std::int64_t i = 0; i < shards.shards(); ++i) samples += shards.rows_of(i);
    fuzz::require(samples == shards.count(), "the shards hold all samples");
  });
  std::filesystem::remove_all(folder);
  return 0;
}
