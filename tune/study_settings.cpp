// Settings of a study as texts.
#include "tune/study_settings.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/numbers.h"
#include "tune/json_text.h"
#include "tune/pruners/make_pruner.h"
#include "tune/samplers/make_sampler.h"
#include "tune/trial_text.h"

namespace hone::tune {
namespace {

constexpr std::string_view kLagPrefix = "deterministic, lag ";
// Pending trials stand at the points they plan; else they have numbers alone, as in version 0.1.0.
constexpr std::string_view kPlanned = ", planned";
constexpr const char* kAsFinished = "as finished";
constexpr const char* kOpenLag = "deterministic, lag not fixed yet";

constexpr const char* kReported = "reported_objective";  // absent: 0

// "minimize", "minimize, maximize"
std::string directions_text(const std::vector<Direction>& directions) {
  std::string text;
  for (const Direction direction : directions)
    text += std::string(text.empty() ? "" : ", ") + direction_name(direction);
  return text;
}

template <class Base>
bool same_spec(const std::vector<Kind<Base>>& kinds, const std::string& a, const std::string& b) {
  try {
    return spec_of(*make_from_spec(kinds, "spec", a)) == spec_of(*make_from_spec(kinds, "spec", b));
  } catch (const Error&) {
    return false;  // of the caller's own kind
  }
}

// The object that a text is as JSON; nothing where it is none.
std::optional<Json> object_in(const std::string& text) {
  if (!text.starts_with('{')) return std::nullopt;
  try {
    return JsonDocument(text, "setting").json();
  } catch (const Error&) {
    return std::nullopt;
  }
}

// JSON says the same in any form.
bool same_object(const std::string& before, const std::string& now) {
  const auto a = object_in(before), b = object_in(now);
  return a && b && *a == *b;
}

bool same_setting(const std::string& key, const std::string& before, const std::string& now) {
  const auto is_lag = [](const std::string& text) {
    return text.starts_with(kLagPrefix) && text != kOpenLag;
  };
  if (key == "history" && is_lag(before) && is_lag(now))
    return stored_lag({{key, before}}) == stored_lag({{key, now}});
  return before == now || same_object(before, now) ||
         (key == "sampler" && same_spec(sampler_kinds(), before, now)) ||
         (key == "pruner" && same_spec(pruner_kinds(), before, now));
}

std::string value_or_none(const StudySettings& settings, const std::string& key) {
  const auto found = settings.find(key);
  return found == settings.end() ? "(none)" : found->second;
}

std::string change_line(const std::string& what, const std::string& before,
                        const std::string& now) {
  return fmt::format("\n  {}: {} -> {}", printable(what), printable(before), printable(now));
}

// A line for each member that differs.
std::string object_change(const std::string& key, const Json& before, const Json& now) {
  std::string table;
  const auto tell = [&](const std::string& name) {
    const Json *was = before.find(name), *is = now.find(name);
    if (was != nullptr && is != nullptr && *was == *is) return;
    const auto text = [](const Json* value) { return value ? write_json(*value) : "(none)"; };
    table += change_line(key + ": " + name, text(was), text(is));
  };
  for (const JsonMember& member : *before.get_if<Json::Object>()) tell(member.key);
  for (const JsonMember& member : *now.get_if<Json::Object>())
    if (before.find(member.key) == nullptr) tell(member.key);
  return table;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n')
      lines.emplace_back();
    else
      lines.back() += c;
  }
  return lines;
}

// "\n  data: cats -> dogs"; of texts of several lines the first one that differs.
std::string change_text(const std::string& key, const std::string& before, const std::string& now) {
  const auto a = object_in(before), b = object_in(now);
  if (a && b) return object_change(key, *a, *b);
  if (before.find('\n') == before.npos && now.find('\n') == now.npos)
    return change_line(key, before, now);
  const std::vector<std::string> from = lines_of(before), to = lines_of(now);
  for (std::size_t i = 0; i < std::max(from.size(), to.size()); ++i) {
    const std::string was = i < from.size() ? from[i] : "(none)";
    const std::string is = i < to.size() ? to[i] : "(none)";
    if (was != is) return change_line(fmt::format("{}, line {}", key, i + 1), was, is);
  }
  return change_line(key, before, now);
}

}  // namespace

StudySettings settings_of(const StudyOptions& options) {
  StudySettings all = {{"direction", directions_text(options.directions)},
                       {"seed", fmt::format("{}", options.seed)},
                       {"sampler", spec_of(*options.sampler)},
                       {"pruner", options.pruner ? spec_of(*options.pruner) : "none"}};
  if (options.reported_objective > 0)
    all[kReported] = fmt::format("{}", options.reported_objective);
  if (!options.deterministic) all["history"] = kAsFinished;
  if (options.deterministic && options.lag > 0)
    all["history"] = history_setting(options.lag, *options.sampler);
  for (const auto* settings : {&options.settings, &options.late_settings})
    for (const auto& [key, value] : *settings) {
      check_name("the name of a setting", key);
      check(key != "history" && all.emplace(key, value).second,
            "setting {}: the name is taken already", printable(key));
    }
  return all;
}

int reported_objective(const StudySettings& settings) {
  const auto found = settings.find(kReported);
  if (found == settings.end()) return 0;
  return static_cast<int>(parse_uint(found->second).value_or(0));
}

std::string history_setting(int lag, const Sampler& sampler) {
  const bool planned = lag > 1 && sampler.sees_planned_points();
  return fmt::format("{}{}{}", kLagPrefix, lag, planned ? kPlanned : "");
}

bool plans_pending(const StudySettings& settings) {
  const auto found = settings.find("history");
  return found != settings.end() && found->second.ends_with(kPlanned);
}

std::optional<int> stored_lag(const StudySettings& settings) {
  const auto found = settings.find("history");
  if (found == settings.end()) return 0;
  const std::string& text = found->second;
  if (text == kAsFinished) return std::nullopt;
  int lag = 0;
  const char* const end = text.data() + text.size();
  if (text.starts_with(kLagPrefix)) {
    const auto [rest, error] = std::from_chars(text.data() + kLagPrefix.size(), end, lag);
    const std::string_view behind(rest, static_cast<std::size_t>(end - rest));
    if (error == std::errc() && (behind.empty() || behind == kPlanned) && lag >= 1) return lag;
  }
  fail(ErrorKind::usage, "the stored setting history is \"{}\", which this version does not know",
       printable(text));
}

void compare_settings(const StudyInfo& info, const StudyOptions& options,
                      const std::string& where) {
  StudySettings asked = settings_of(options), stored;
  if (info.settings) {
    stored = *info.settings;
    stored.insert(options.late_settings.begin(), options.late_settings.end());
    stored.emplace("history", kOpenLag);
    asked.emplace("history", kOpenLag);
    // A lag that one side leaves open is that of the other.
    std::string &before = stored["history"], &now = asked["history"];
    if (before == kOpenLag && now != kAsFinished) before = now;
    if (now == kOpenLag && before != kAsFinished) now = before;
  } else {  // of Python's: it has a direction and nothing else
    stored = {{"direction", directions_text(info.directions)}};
    asked = {{"direction", asked["direction"]}};
  }
  StudySettings keys = stored;
  keys.insert(asked.begin(), asked.end());
  std::string table;
  for (const auto& [key, value] : keys) {
    const std::string before = value_or_none(stored, key), now = value_or_none(asked, key);
    if (!same_setting(key, before, now)) table += change_text(key, before, now);
  }
  if (table.empty()) return;
  fail(ErrorKind::usage,
       "study {} in {} was made with other settings (stored -> asked):{}\nUse the stored settings, "
       "give the study another name, or remove it to start anew.",
       printable(info.name), printable(where), table);
}

}  // namespace hone::tune
