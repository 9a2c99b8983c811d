// Digests with a few words for people.
#include "apps/tuning/identity.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"

namespace hone::app {

std::string identity_of_names(const std::vector<std::string>& names, const std::string& more) {
  constexpr std::size_t kMost = 12;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i) text += names[i] + ", ";
  if (names.size() > kMost) text += "..., ";
  Json all = Json::array();
  for (const std::string& name : names) all.push_back(name);
  const std::string whole = write_json(all) + more;
  return text + "digest " + digest_hex(whole.data(), whole.size());
}

std::string identity_of_pictures(const nn::data::ImageSet& set) {
  return fmt::format("{} pictures, digest {} {}", set.count, digest_of(set.pixels),
                     digest_of(set.labels));
}

}  // namespace hone::app
