// Reading class names.
#include "nn/data/class_names.h"

#include <algorithm>
#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "base/utf8.h"

namespace hone::nn::data {
namespace {

constexpr std::uint64_t kFileLimit = 64 << 10;

std::string_view without_blanks(std::string_view text) {
  constexpr const char* kBlanks = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
}

}  // namespace

std::vector<std::string> read_class_names(const std::string& path) {
  const std::string text = read_text_file(path, kFileLimit);
  const std::string where = printable(path);
  std::vector<std::string> names;
  std::string_view rest = text;
  while (rest.ends_with("\n\n")) rest.remove_suffix(1);  // CIFAR's lists end with an empty line
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string name(without_blanks(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t line = names.size() + 1;
    if (name.empty() || !is_utf8(name))
      fail(ErrorKind::data, "{}: line {}: {}; give one name of a class a line, as UTF-8", where,
           line, name.empty() ? "is empty" : "is not UTF-8");
    if (std::find(names.begin(), names.end(), name) != names.end())
      fail(ErrorKind::data, "{}: line {}: the name '{}' is there twice", where, line,
           printable(name));
    names.push_back(name);
    if (names.size() > kMostClassNames) break;
  }
  if (names.size() < 2 || names.size() > kMostClassNames)
    fail(ErrorKind::data, "{}: has {} names; a data set has 2 to {} classes", where,
         names.size() > kMostClassNames ? "too many" : fmt::format("{}", names.size()),
         kMostClassNames);
  return names;
}

}  // namespace hone::nn::data
