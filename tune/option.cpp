// Options as JSON, their ranges in words.
#include "tune/option.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/json.h"
#include "tune/kind.h"

namespace hone::tune {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

std::string listed(const std::vector<const char*>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + std::string(names[i]);
  return text;
}

void read_option(const JsonNode& node, const Option& option) {
  std::visit(Overloaded{[&](int* value) { *value = node.get<int>(); },
                        [&](double* value) { *value = node.get<double>(); },
                        [&](bool* value) { *value = node.get<bool>(); },
                        [&](std::string* value) { *value = node.get<std::string>(); },
                        [&](const Choice& choice) {
                          const std::string name = node.get<std::string>();
                          for (std::size_t i = 0; i < choice.names.size(); ++i)
                            if (name == choice.names[i]) return choice.choose(i);
                          node.fail("is " + printable(name) + ", must be " + option.range());
                        },
                        [&](const Option::Fixed& fixed) {
                          if (node.get<double>() != fixed.value)
                            node.fail("must be " + option.range());
                        }},
             option.target());
}

}  // namespace

Option::Option(const char* name, Target target, double low, double high, const char* help)
    : name_(name), help_(help), target_(std::move(target)), low_(low), high_(high) {}
Option::Option(const char* name, int& value, int low, int high, const char* help)
    : Option(name, Target(&value), low, high, help) {}
Option::Option(const char* name, double& value, double low, double high, const char* help)
    : Option(name, Target(&value), low, high, help) {}
Option::Option(const char* name, bool& value, const char* help)
    : Option(name, Target(&value), 0, 1, help) {}
Option::Option(const char* name, std::string& value, const char* help)
    : Option(name, Target(&value), 0, 1, help) {}
Option::Option(const char* name, Choice choice, const char* help)
    : Option(name, Target(std::move(choice)), 0, 0, help) {}
Option Option::fixed(const char* name, double value, const char* help) {
  return {name, Target(Fixed{value}), value, value, help};
}
Option::Option(const Option&) = default;
Option& Option::operator=(const Option&) = default;
Option::~Option() = default;

std::string Option::range() const {
  if (const auto* choice = std::get_if<Choice>(&target_)) return listed(choice->names);
  if (std::holds_alternative<bool*>(target_)) return "true or false";
  if (std::holds_alternative<std::string*>(target_)) return "a text";
  if (low_ == high_) return fmt::format("{}", low_);
  if (std::isinf(low_) && std::isinf(high_)) return "any number";
  if (std::isinf(high_) || high_ == INT_MAX) return fmt::format("at least {}", low_);
  return fmt::format("{} to {}", low_, high_);
}

std::string Option::value_json() const {
  return std::visit(Overloaded{[](const int* value) { return fmt::format("{}", *value); },
                               [](const double* value) {
                                 return std::isfinite(*value) ? fmt::format("{}", *value)
                                                              : json_number(*value);
                               },
                               [](const std::string* value) { return json_quoted(*value); },
                               [](const bool* value) { return fmt::format("{}", *value); },
                               [](const Choice& choice) {
                                 const std::size_t i = choice.index();
                                 return json_quoted(i < choice.names.size() ? choice.names[i] : "");
                               },
                               [](const Fixed& fixed) { return fmt::format("{}", fixed.value); }},
                    target_);
}

std::string Option::complaint() const {
  const bool good =
      std::visit(Overloaded{
                     [&](const int* value) { return *value >= low_ && *value <= high_; },
                     [&](const double* value) { return *value >= low_ && *value <= high_; },
                     [](const bool*) { return true; },
                     [](const std::string*) { return true; },
                     [](const Choice& choice) { return choice.index() < choice.names.size(); },
                     [](const Fixed&) { return true; },
                 },
                 target_);
  return good ? "" : fmt::format("{} is {}, must be {}", name_, value_json(), range());
}

std::string options_json(const OptionList& options) {
  std::string text;
  for (const Option& option : options)
    text += (text.empty() ? "" : ",") + json_quoted(option.name()) + ":" + option.value_json();
  return "{" + text + "}";
}

void check_options(const std::string& what, const OptionList& options) {
  for (const Option& option : options) {
    const std::string complaint = option.complaint();
    check(complaint.empty(), "{}: {}", what, complaint);
  }
}

std::string help_of(const OptionList& options) {
  std::string text;
  for (const Option& option : options)
    text += fmt::format("  {} (default {}; {}): {}\n", option.name(), option.value_json(),
                        option.range(), option.help());
  return text;
}

Spec split_spec(const std::string& text) {
  constexpr const char* kBlanks = " \t\r\n";
  const std::size_t begin = std::min(text.find_first_not_of(kBlanks), text.size());
  const std::size_t end = text.find_last_not_of(kBlanks) + 1;
  const std::size_t stop = std::min(text.find_first_of(std::string(kBlanks) + "{", begin), end);
  if (begin >= end) return {"", "{}"};
  const std::size_t options = text.find_first_not_of(kBlanks, stop);
  return {text.substr(begin, stop - begin),
          options >= end ? "{}" : text.substr(options, end - options)};
}

void read_options(const std::string& what, const std::string& json, const OptionList& options) {
  const JsonDocument document(json, what + ": options", ErrorKind::usage);
  for (const auto& [name, node] : document.root().members()) {
    const Option* known = nullptr;
    std::vector<const char*> names;
    for (const Option& option : options) {
      names.push_back(option.name());
      if (name == option.name()) known = &option;
    }
    check(known != nullptr, "{}: has no option {}; it has {}", what, printable(name),
          names.empty() ? "none" : listed(names));
    read_option(node, *known);
  }
  check_options(what, options);
}

}  // namespace hone::tune
