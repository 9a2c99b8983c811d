// Field: one setting of a layer kind, bound to the member that holds it.
//
// A kind lists its fields once (see nn/layer.h). Its JSON, its text in summaries and the checks of
// its ranges follow from that list. The default of a field is what the member has in a new object.
#pragma once

#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/choice.h"

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
  using Value = std::variant<int*, float*, double*, bool*, std::string*, Network*, Choice>;

  // The member must outlive the field.
  Field(const char* name, int& value, const FieldOptions& options = {});
  Field(const char* name, float& value, const FieldOptions& options = {});
  Field(const char* name, double& value, const FieldOptions& options = {});
  Field(const char* name, bool& value);
  Field(const char* name, std::string& value);
  Field(const char* name, Network& value);
  // {"padding", padding, {{Padding::valid, "valid"}, {Padding::same, "same"}}}
  template <class E>
  requires std::is_enum_v<E> Field(const char* name, E& value,
                                   const std::vector<std::pair<E, const char*>>& names)
      : Field(name, choice_of(value, names)) {}
  // Not here, because they cost whoever includes this time to compile.
  Field(const Field&);
  Field& operator=(const Field&);
  ~Field();

  // The same field, left out of files while it has its default: it is younger than files that are
  // compared word for word.
  Field added_later() const;
  bool is_added_later() const { return later_; }

  const std::string& name() const { return name_; }
  const Value& value() const { return value_; }
  // The value as a summary shows it; `standard` is the same field of a new object.
  std::string text(const Field& standard) const;
  // Whether both hold the same value.
  bool equals(const Field& other) const;
  // What is wrong with the value, "kernel is 0, it must be 1 to 16"; empty when nothing is.
  std::string complaint() const;

 private:
  Field(const char* name, Choice choice);

  std::string name_;
  Value value_;
  FieldOptions options_;
  bool later_ = false;
};

}  // namespace hone::nn
