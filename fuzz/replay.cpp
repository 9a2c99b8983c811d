// Feeds files to a fuzz target without libFuzzer: for compilers that have none, and for a debugger.
//
//   fuzz_<target> FILE_OR_FOLDER...     every file, and the files of every folder
#include <algorithm>
#include <vector>

#include "base/files.h"
#include "fuzz/target.h"

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  std::vector<fs::path> files;
  for (int i = 1; i < argc; ++i) {
    if (!fs::is_directory(argv[i])) {
      files.emplace_back(argv[i]);
      continue;
    }
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(argv[i]))
      if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  try {
    for (const fs::path& file : files) {
      std::fprintf(stderr, "%s\n", file.c_str());
      const std::vector<std::uint8_t> bytes = hone::read_file(file, std::uint64_t{1} << 30);
      LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "an exception that is no refusal: %s\n", error.what());
    return 1;
  }
  std::printf("%zu inputs did no harm\n", files.size());
  return files.empty() ? 2 : 0;
}
