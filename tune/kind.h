// Kind: what a list of samplers or pruners holds of each, enough to make one from its name and
// options.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "tune/option.h"

namespace hone::tune {

// `Base` is Sampler or Pruner.
template <class Base>
struct Kind {
  std::string name;
  std::string summary;  // one line for help texts
  std::string help;     // one line an option: name, default, range, meaning
  std::shared_ptr<const Base> (*make)(const std::string& options_json);
};

// "  startup_trials (default 10; at least 0): uniform draws until ...", one line an option.
std::string help_of(const OptionList& options);

// The line of a list for a class T that has
//   static constexpr const char* kName, *kSummary;
//   using Options = ...;  // a struct with a member list(), which returns its options
//   explicit T(const Options&);
template <class Base, class T>
Kind<Base> kind_of() {
  typename T::Options defaults;
  return {T::kName, T::kSummary, help_of(defaults.list()), [](const std::string& json) {
            typename T::Options options;
            read_options(T::kName, json, options.list());
            return std::shared_ptr<const Base>(std::make_shared<const T>(options));
          }};
}

// "tpe, random"
template <class Base>
std::string kind_names(const std::vector<Kind<Base>>& kinds) {
  std::string names;
  for (const auto& kind : kinds) names += (names.empty() ? "" : ", ") + kind.name;
  return names;
}

// A help text: every kind with its summary, its options below it.
template <class Base>
std::string kinds_help(const std::vector<Kind<Base>>& kinds) {
  std::string text;
  for (const auto& kind : kinds) text += kind.name + ": " + kind.summary + "\n" + kind.help;
  return text;
}

// Throws Error(usage) that lists the known names; `what` is "sampler" or "pruner".
template <class Base>
std::shared_ptr<const Base> make_kind(const std::vector<Kind<Base>>& kinds, const char* what,
                                      const std::string& name, const std::string& options_json) {
  for (const auto& kind : kinds)
    if (kind.name == name) return kind.make(options_json);
  fail(ErrorKind::usage, "unknown {} \"{}\"; choose one of: {}", what, printable(name),
       kind_names(kinds));
}

// A sampler or pruner in one line, from which it can be made again: `tpe
// {"startup_trials":10,...}`.
template <class T>
std::string spec_of(const T& made) {
  return made.name() + " " + made.options_json();
}

// What spec_of() wrote, or a person: "tpe", "tpe{...}", " tpe {...} ". Options left out are "{}".
struct Spec {
  std::string name, options;
};
Spec split_spec(const std::string& text);

// Options that are missing have their defaults.
template <class Base>
std::shared_ptr<const Base> make_from_spec(const std::vector<Kind<Base>>& kinds, const char* what,
                                           const std::string& text) {
  const Spec spec = split_spec(text);
  return make_kind<Base>(kinds, what, spec.name, spec.options);
}

}  // namespace hone::tune
