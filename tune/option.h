// Option: one setting of a sampler or a pruner, bound to the member that holds it.
//
// A kind lists its options once, in the order in which they are written. Its JSON both ways, the
// checks of its ranges and its help text follow from that list. The default of an option is what
// the member has in a new object.
#pragma once

#include <climits>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/choice.h"

namespace hone::tune {

class Option {
 public:
  // A number that cannot be chosen: written all the same, and refused when it is read as another
  // one.
  struct Fixed {
    double value;
  };
  using Target = std::variant<int*, double*, bool*, std::string*, Choice, Fixed>;

  // The member must outlive the option. A number may be `low` to `high`.
  Option(const char* name, int& value, int low, int high, const char* help);
  Option(const char* name, double& value, double low, double high, const char* help);
  Option(const char* name, bool& value, const char* help);
  // A text, which the kind checks itself.
  Option(const char* name, std::string& value, const char* help);
  // {"form", form, {{Form::joint, "joint"}, {Form::independent, "independent"}}, "..."}
  template <class E>
  requires std::is_enum_v<E> Option(const char* name, E& value,
                                    const std::vector<std::pair<E, const char*>>& names,
                                    const char* help)
      : Option(name, choice_of(value, names), help) {}
  static Option fixed(const char* name, double value, const char* help);
  // Not here, because they cost whoever includes this time to compile.
  Option(const Option&);
  Option& operator=(const Option&);
  ~Option();

  const char* name() const { return name_; }
  const char* help() const { return help_; }
  const Target& target() const { return target_; }
  // "1 to 1000", "at least 0", "automatic, independent or joint".
  std::string range() const;
  // The value as it stands in JSON.
  std::string value_json() const;
  // What is wrong with the value, "candidates is 0, must be 1 to 1000"; empty when nothing is.
  std::string complaint() const;

 private:
  Option(const char* name, Choice choice, const char* help);
  Option(const char* name, Target target, double low, double high, const char* help);

  const char* name_;
  const char* help_;
  Target target_;
  double low_, high_;
};

using OptionList = std::vector<Option>;

// {"startup_trials":10,"candidates":24}: all options in their order, on one line.
std::string options_json(const OptionList& options);
// Throws Error(usage) that begins with `what` unless every value lies in its range.
void check_options(const std::string& what, const OptionList& options);
// Sets the options that the JSON object names, the others keep their values, then checks all.
// Throws Error(usage) that begins with `what` on an unknown name (known ones are listed) or a wrong
// value.
void read_options(const std::string& what, const std::string& json, const OptionList& options);

}  // namespace hone::tune
