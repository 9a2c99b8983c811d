// Text files of class names.
#include "nn/data/class_names.h"

#include <set>

#include "base/utf8.h"
#include "fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::InputFile file;
  file.write({data, size});
  fuzz::refusing({hone::ErrorKind::data}, file.path().string(), [&] {
    const std::vector<std::string> names = hone::nn::data::read_class_names(file.path());
    const std::set<std::string> different(names.begin(), names.end());
    fuzz::require(different.size() == names.size() && names.size() >= 2 && names.size() <= 256,
                  "2 to 256 different names");
    for (const std::string& name : names)
      fuzz::require(!name.empty() && hone::is_utf8(name), "a name is text");
  });
  return 0;
}
