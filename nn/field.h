// Field: one setting of a layer kind, bound to the member that holds it.
//
// A kind lists its fields once (see nn/layer.h). Its JSON, its text in summaries and the checks of
// its ranges follow from that list. The default of a field is what the member has in a new object.
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace hone::nn {

class Network;

struct FieldOptions {
  double low = -std::numeric_limits<double>::infinity();  // a number may be low to high
  double high = std::numeric_limits<double>::infinity();
  // How a summary shows the value, a format string of fmt: "{}" or "{0}x{0}". Empty: the name and
  // the value, and nothing while it is the default.
  const char* text = "";
};

class Field {
 public:
  // The values of an enumeration by name.
  struct Choice {
    std::vector<const char*> names;
    std::function<std::size_t()> index;
    std::function<void(std::size_t)> choose;
  };
  using Value = std::variant<int*, float*, double*, bool*, std::string*, Network*, Choice>;

  // The member must outlive the field.
  Field(const char* name, int& value, const FieldOptions& options = {})
      : Field(name, Value(&value), options) {}
  Field(const char* name, float& value, const FieldOptions& options = {})
      : Field(name, Value(&value), options) {}
  Field(const char* name, double& value, const FieldOptions& options = {})
      : Field(name, Value(&value), options) {}
  Field(const char* name, bool& value) : Field(name, Value(&value), {}) {}
  Field(const char* name, std::string& value) : Field(name, Value(&value), {}) {}
  Field(const char* name, Network& value) : Field(name, Value(&value), {}) {}
  // {"padding", padding, {{Padding::valid, "valid"}, {Padding::same, "same"}}}
  template <class E>
  requires std::is_enum_v<E> Field(const char* name, E& value,
                                   const std::vector<std::pair<E, const char*>>& names)
      : Field(name, Value(choice_of(value, names)), {}) {}

  const std::string& name() const { return name_; }
  const Value& value() const { return value_; }
  // The value as a summary shows it; `standard` is the same field of a new object.
  std::string text(const Field& standard) const;
  // Whether both hold the same value.
  bool equals(const Field& other) const;
  // What is wrong with the value, "kernel is 0, it must be 1 to 16"; empty when nothing is.
  std::string complaint() const;

 private:
  Field(const char* name, Value value, const FieldOptions& options)
      : name_(name), value_(std::move(value)), options_(options) {}

  template <class E>
  static Choice choice_of(E& value, const std::vector<std::pair<E, const char*>>& names) {
    Choice choice;
    std::vector<E> values;
    for (const auto& [one, text] : names) {
      choice.names.push_back(text);
      values.push_back(one);
    }
    choice.index = [&value, values] {
      std::size_t i = 0;
      while (i < values.size() && values[i] != value) ++i;
      return i;
    };
    choice.choose = [&value, values](std::size_t i) { value = values.at(i); };
    return choice;
  }

  std::string name_;
  Value value_;
  FieldOptions options_;
};

}  // namespace hone::nn
