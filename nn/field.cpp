// Texts and ranges of fields.
#include "nn/field.h"

#include <fmt/core.h>

#include <cmath>

#include "nn/network.h"

namespace hone::nn {
namespace {

template <class T>
constexpr bool kIsNumber = std::is_same_v<T, int> || std::is_floating_point_v<T>;

template <class T>
std::string shown(T value) {
  if constexpr (std::is_floating_point_v<T>) return fmt::format("{:.4g}", value);
  return fmt::format("{}", value);
}

std::string name_in(const Choice& choice) {
  const std::size_t i = choice.index();
  return i < choice.names.size() ? choice.names[i] : "?";
}

std::string limits(double low, double high) {
  if (std::isinf(low) && std::isinf(high)) return "finite";
  if (std::isinf(high)) return fmt::format("at least {:.10g}", low);
  if (std::isinf(low)) return fmt::format("at most {:.10g}", high);
  return fmt::format("{:.10g} to {:.10g}", low, high);
}

std::string list_of(const Network& network) {
  std::string text;
  for (const Layer& layer : network.layers()) text += (text.empty() ? "" : ", ") + layer.text();
  return "[" + text + "]";
}

}  // namespace

Field::Field(const char* name, int& value, const FieldOptions& options)
    : name_(name), value_(&value), options_(options) {}
Field::Field(const char* name, float& value, const FieldOptions& options)
    : name_(name), value_(&value), options_(options) {}
Field::Field(const char* name, double& value, const FieldOptions& options)
    : name_(name), value_(&value), options_(options) {}
Field::Field(const char* name, bool& value) : name_(name), value_(&value) {}
Field::Field(const char* name, std::string& value) : name_(name), value_(&value) {}
Field::Field(const char* name, Network& value) : name_(name), value_(&value) {}
Field::Field(const char* name, Choice choice) : name_(name), value_(std::move(choice)) {}
Field::Field(const Field&) = default;
Field& Field::operator=(const Field&) = default;
Field::~Field() = default;

Field Field::added_later() const {
  Field field = *this;
  field.later_ = true;
  return field;
}

std::string Field::text(const Field& standard) const {
  const bool is_default = equals(standard);
  return std::visit(
      [&](const auto& held) -> std::string {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, Choice>) {
          return is_default ? "" : name_in(held);
        } else {
          using T = std::remove_pointer_t<std::decay_t<decltype(held)>>;
          if constexpr (std::is_same_v<T, Network>) {
            return is_default ? "" : fmt::format("{} {}", name_, list_of(*held));
          } else {
            if (*options_.text != '\0')
              return fmt::format(fmt::runtime(options_.text), shown(*held));
            if (is_default) return "";
            if constexpr (std::is_same_v<T, bool>)
              return *held ? name_ : fmt::format("no {}", name_);
            return fmt::format("{} {}", name_, shown(*held));
          }
        }
      },
      value_);
}

bool Field::equals(const Field& other) const {
  if (value_.index() != other.value_.index()) return false;
  return std::visit(
      [&](const auto& held) {
        using Held = std::decay_t<decltype(held)>;
        const auto& theirs = std::get<Held>(other.value_);
        if constexpr (std::is_same_v<Held, Choice>) {
          return held.index() == theirs.index();
        } else {
          return *held == *theirs;
        }
      },
      value_);
}

std::string Field::complaint() const {
  return std::visit(
      [&](const auto& held) -> std::string {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, Choice>) {
          if (held.index() >= held.names.size())
            return fmt::format("{} is not one of its values", name_);
        } else if constexpr (kIsNumber<std::remove_pointer_t<std::decay_t<decltype(held)>>>) {
          const auto value = static_cast<double>(*held);
          if (!std::isfinite(value) || value < options_.low || value > options_.high)
            return fmt::format("{} is {}, it must be {}", name_, *held,
                               limits(options_.low, options_.high));
        }
        return "";
      },
      value_);
}

}  // namespace hone::nn
