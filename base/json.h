// JSON: the one value type, reader and writer behind models, checkpoints, studies and results.
//
// What is read and written, for all of them:
//  - A number without '.' and 'e' is an integer and exact: 64 bits, or its digits where it is
//  longer.
//  - Any other number is a double, read to the nearest one and written with the fewest digits that
//    give the same double again, always with '.' or 'e', so that it stays one. A literal beyond the
//    range of double is refused; one too small for it becomes 0.
//  - NaN, Infinity and -Infinity stand bare, as Python and Optuna write them. For readers that know
//    standard JSON alone (JsonFormat::strict) they are written as texts; where a number is wanted
//    these texts are read as numbers, also in the spelling of C (nan, inf, -inf).
//  - Text is UTF-8, written in ASCII with escapes. Invalid bytes and halves of surrogate pairs are
//    refused, and so are a key given twice and anything behind the value.
//  - Size, depth and number of values are bounded (JsonLimits); time is linear in the size.
// Nothing here depends on the locale.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"

namespace hone {

struct JsonMember;

// An integer beyond 64 bits by its digits, with a sign if it is negative.
struct JsonDigits {
  std::string text;
  bool operator==(const JsonDigits&) const = default;
};

// One JSON value. Objects keep the order of their members.
class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<JsonMember>;
  using Value = std::variant<std::nullptr_t, bool, std::int64_t, JsonDigits, double, std::string,
                             Array, Object>;

  Json(std::nullptr_t = nullptr);
  // Where the members of an object are complete, which they are not in this class.
  Json(const Json& other);
  Json(Json&& other) noexcept;
  Json& operator=(const Json& other);
  Json& operator=(Json&& other) noexcept;
  ~Json();
  template <std::same_as<bool> B>
  Json(B flag) : Json(of_bool(flag)) {}
  template <std::integral I>
  requires(!std::same_as<I, bool>) Json(I number)
      : Json(std::in_range<std::int64_t>(number) ? of_integer(static_cast<std::int64_t>(number))
                                                 : Json(JsonDigits{fmt::format("{}", number)})) {}
  template <std::floating_point F>
  Json(F number) : Json(of_double(static_cast<double>(number))) {}
  Json(JsonDigits digits);
  Json(Array list);
  Json(std::string text);
  Json(std::string_view text);
  Json(const char* text);
  // null where there is nothing.
  template <class T>
  Json(const std::optional<T>& value) : Json(value ? Json(*value) : Json()) {}
  // A list of whatever a Json can be made of.
  template <class T>
  Json(const std::vector<T>& list) : Json(array()) {
    for (const auto& item : list) push_back(Json(item));
  }

  static Json array(std::initializer_list<Json> values = {});
  static Json object(std::initializer_list<JsonMember> members = {});

  const Value& value() const { return value_; }
  template <class T>
  const T* get_if() const {
    return std::get_if<T>(&value_);
  }
  bool is_null() const { return value_.index() == 0; }
  bool is_number() const { return value_.index() >= 2 && value_.index() <= 4; }

  // A number, or a text that stands for NaN or an infinity, as the nearest double; nothing for all
  // else, and for an integer beyond the range of double.
  std::optional<double> number() const;

  // Appends to a list. Throws Error(internal) where this is none.
  void push_back(Json value);
  // Sets a member of an object: replaces it or appends it. Takes time linear in the members that
  // are there, so many of them are better given to object members() at once. Throws Error(internal)
  // where this is no object.
  void set(std::string key, Json value);
  Object& members();
  // The member with this key; null where there is none or this is no object.
  const Json* find(std::string_view key) const;

  // Same type and same content: 1 and 1.0 differ, 0.0 and -0.0 too, and NaN equals itself. Members
  // may stand in another order.
  bool operator==(const Json& other) const;

 private:
  static Json of_bool(bool flag);
  static Json of_integer(std::int64_t number);
  static Json of_double(double number);

  Value value_;
};

struct JsonMember {
  std::string key;
  Json value;
};

struct JsonFormat {
  int indent = 0;       // spaces a level; 0 puts everything on one line, as Python's json.dumps
  bool strict = false;  // NaN and infinities as texts, for readers that know standard JSON alone
};

// Throws Error(usage) where a text is not valid UTF-8.
std::string write_json(const Json& json, const JsonFormat& format = {});

struct JsonLimits {
  std::size_t bytes = 16u << 20;
  int depth = 64;                  // lists and objects inside each other
  std::size_t values = 4'000'000;  // of every kind, all levels together
  std::size_t digits = 4300;       // of one integer, Python's own limit
};

class JsonNode;

// A text that was read, under the name that its messages begin with (a file, "model.safetensors:
// the header"). Errors are of one kind and name the place: "NAME: layers[3].out: is 2.5, an integer
// is wanted".
class JsonDocument {
 public:
  // Throws an Error of this kind where the text is not JSON, with line and column, or goes past a
  // limit.
  JsonDocument(std::string_view text, std::string name, ErrorKind kind = ErrorKind::data,
               const JsonLimits& limits = {});
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;

  const Json& json() const { return json_; }
  JsonNode root() const;

 private:
  friend class JsonNode;
  Json json_;
  std::string name_;
  ErrorKind kind_;
};

// One value in a document, which must outlive it. A plain value of two pointers.
class JsonNode {
 public:
  JsonNode(const JsonDocument& document, const Json& json) : document_(&document), json_(&json) {}

  const Json& json() const { return *json_; }
  bool is_null() const { return json_->is_null(); }

  // The value as bool, std::string, double, float or an integer type. A number may be an integer, a
  // double or one of the texts for NaN and infinities; an integer must be written as one and fit.
  // Throws the document's error that names the place.
  template <class T>
  T get() const;
  // The same within [low, high].
  template <std::integral T>
  T get_between(T low, T high) const {
    return static_cast<T>(integer_between(low, high));
  }
  // Nothing where it is null.
  template <class T>
  std::optional<T> get_optional() const {
    return is_null() ? std::nullopt : std::optional<T>(get<T>());
  }

  // The elements of a list.
  std::vector<JsonNode> items() const;
  // The member of an object; find() gives nothing where it is missing.
  JsonNode at(std::string_view key) const;
  std::optional<JsonNode> find(std::string_view key) const;
  // All members of an object, in the order of the text.
  std::vector<std::pair<const std::string&, JsonNode>> members() const;
  // Throws where the object has a member with another key than these.
  void allow_only(std::initializer_list<std::string_view> keys) const;

  // "NAME: layers[3].out"; takes time linear in the document.
  std::string where() const;
  // Throws the document's error: where(), a colon and `what`.
  [[noreturn]] void fail(const std::string& what) const;

 private:
  std::int64_t integer_between(std::int64_t low, std::int64_t high) const;
  [[noreturn]] void fail_type(const char* wanted) const;

  const JsonDocument* document_;
  const Json* json_;
};

inline JsonNode JsonDocument::root() const { return {*this, json_}; }

template <>
bool JsonNode::get<bool>() const;
template <>
double JsonNode::get<double>() const;
template <>
float JsonNode::get<float>() const;
template <>
std::string JsonNode::get<std::string>() const;
template <>
std::uint64_t JsonNode::get<std::uint64_t>() const;
template <class T>
T JsonNode::get() const {
  static_assert(std::integral<T> && std::in_range<std::int64_t>(std::numeric_limits<T>::max()));
  return get_between<T>(std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
}

// "text" with quotes and escapes. Throws Error(usage) where it is not valid UTF-8.
std::string json_quoted(std::string_view text);
// The number as it stands in JSON: 1.0, 1e-05, NaN, -Infinity.
std::string json_number(double value);

}  // namespace hone
