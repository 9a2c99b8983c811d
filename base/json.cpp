// JSON values, and reading them from a document.
#include "base/json.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <map>

namespace hone {
namespace {

// Bits, so that NaN equals itself and 0.0 is not -0.0.
bool same_number(double a, double b) {
  return std::isnan(a) ? std::isnan(b)
                       : std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

bool same_members(const Json::Object& a, const Json::Object& b) {
  if (a.size() != b.size()) return false;
  std::map<std::string_view, const Json*> values;
  for (const JsonMember& member : a) values[member.key] = &member.value;
  for (const JsonMember& member : b) {
    const auto found = values.find(member.key);
    if (found == values.end() || !(*found->second == member.value)) return false;
  }
  return true;
}

// Appends the path from `from` to `target`; false when it is not below it.
bool find_path(const Json& from, const Json* target, std::string& path) {
  if (&from == target) return true;
  const std::size_t length = path.size();
  if (const auto* list = from.get_if<Json::Array>()) {
    for (std::size_t i = 0; i < list->size(); ++i) {
      path += fmt::format("[{}]", i);
      if (find_path((*list)[i], target, path)) return true;
      path.resize(length);
    }
  } else if (const auto* members = from.get_if<Json::Object>()) {
    for (const JsonMember& member : *members) {
      path += (path.empty() ? "" : ".") + printable(member.key);
      if (find_path(member.value, target, path)) return true;
      path.resize(length);
    }
  }
  return false;
}

std::optional<double> special_number(std::string_view text) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (text == "NaN" || text == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity" || text == "inf") return kInfinity;
  if (text == "-Infinity" || text == "-inf") return -kInfinity;
  return std::nullopt;
}

// The start of the value as text, for messages.
std::string shown(const Json& json) {
  if (json.get_if<Json::Array>() != nullptr) return "a list";
  if (json.get_if<Json::Object>() != nullptr) return "an object";
  constexpr std::size_t kLongest = 60;
  const std::string text = write_json(json);
  return text.size() <= kLongest ? text : text.substr(0, kLongest) + "...";
}

template <class T>
T& content(Json::Value& value, const char* wanted) {
  if (T* found = std::get_if<T>(&value)) return *found;
  fail(ErrorKind::internal, "JSON: this value is not {}", wanted);
}

}  // namespace

Json::Json(std::nullptr_t) : value_(nullptr) {}
Json::Json(const Json& other) = default;
Json::Json(Json&& other) noexcept = default;
Json& Json::operator=(const Json& other) = default;
Json& Json::operator=(Json&& other) noexcept = default;
Json::~Json() = default;
Json::Json(JsonDigits digits) : value_(std::move(digits)) {}
Json::Json(Array list) : value_(std::move(list)) {}
Json::Json(std::string text) : value_(std::move(text)) {}
Json::Json(std::string_view text) : value_(std::string(text)) {}
Json::Json(const char* text) : value_(std::string(text)) {}

Json Json::of_bool(bool flag) {
  Json json;
  json.value_ = flag;
  return json;
}

Json Json::of_integer(std::int64_t number) {
  Json json;
  json.value_ = number;
  return json;
}

Json Json::of_double(double number) {
  Json json;
  json.value_ = number;
  return json;
}

Json Json::array(std::initializer_list<Json> values) {
  Json json;
  json.value_ = Array(values);
  return json;
}

Json Json::object(std::initializer_list<JsonMember> members) {
  Json json;
  json.value_ = Object(members);
  return json;
}

std::optional<double> Json::number() const {
  if (const auto* number = get_if<double>()) return *number;
  if (const auto* integer = get_if<std::int64_t>()) return static_cast<double>(*integer);
  if (const auto* text = get_if<std::string>()) return special_number(*text);
  if (const auto* digits = get_if<JsonDigits>()) {
    double value = 0;
    const char* end = digits->text.data() + digits->text.size();
    const auto result = std::from_chars(digits->text.data(), end, value);
    if (result.ec == std::errc()) return value;
  }
  return std::nullopt;
}

void Json::push_back(Json value) { content<Array>(value_, "a list").push_back(std::move(value)); }

Json::Object& Json::members() { return content<Object>(value_, "an object"); }

void Json::set(std::string key, Json value) {
  for (JsonMember& member : members())
    if (member.key == key) {
      member.value = std::move(value);
      return;
    }
  members().push_back({std::move(key), std::move(value)});
}

const Json* Json::find(std::string_view key) const {
  if (const auto* members = get_if<Object>())
    for (const JsonMember& member : *members)
      if (member.key == key) return &member.value;
  return nullptr;
}

bool Json::operator==(const Json& other) const {
  if (value_.index() != other.value_.index()) return false;
  if (const auto* number = get_if<double>()) return same_number(*number, *other.get_if<double>());
  if (const auto* list = get_if<Array>()) return *list == *other.get_if<Array>();
  if (const auto* members = get_if<Object>())
    return same_members(*members, *other.get_if<Object>());
  if (const auto* text = get_if<std::string>()) return *text == *other.get_if<std::string>();
  if (const auto* digits = get_if<JsonDigits>()) return *digits == *other.get_if<JsonDigits>();
  if (const auto* integer = get_if<std::int64_t>())
    return *integer == *other.get_if<std::int64_t>();
  return is_null() || *get_if<bool>() == *other.get_if<bool>();
}

std::string JsonNode::where() const {
  std::string path;
  find_path(document_->json_, json_, path);
  return document_->name_ + (path.empty() ? "" : ": " + path);
}

void JsonNode::fail(const std::string& what) const {
  hone::fail(document_->kind_, "{}: {}", where(), what);
}

void JsonNode::fail_type(const char* wanted) const {
  fail(fmt::format("is {}, {} is wanted", shown(*json_), wanted));
}

template <>
bool JsonNode::get<bool>() const {
  if (const auto* flag = json_->get_if<bool>()) return *flag;
  fail_type("true or false");
}

template <>
std::string JsonNode::get<std::string>() const {
  if (const auto* text = json_->get_if<std::string>()) return *text;
  fail_type("a text");
}

template <>
double JsonNode::get<double>() const {
  if (const auto number = json_->number()) return *number;
  fail_type("a number");
}

template <>
float JsonNode::get<float>() const {
  const auto number = get<double>();
  const auto narrow = static_cast<float>(number);
  if (std::isinf(narrow) && !std::isinf(number)) fail_type("a number in the range of float");
  return narrow;
}

template <>
std::uint64_t JsonNode::get<std::uint64_t>() const {
  if (const auto* integer = json_->get_if<std::int64_t>(); integer != nullptr && *integer >= 0)
    return static_cast<std::uint64_t>(*integer);
  if (const auto* digits = json_->get_if<JsonDigits>()) {
    std::uint64_t value = 0;
    const char* end = digits->text.data() + digits->text.size();
    const auto result = std::from_chars(digits->text.data(), end, value);
    if (result.ec == std::errc() && result.ptr == end) return value;
  }
  fail_type("an integer from 0 to 18446744073709551615");
}

std::int64_t JsonNode::integer_between(std::int64_t low, std::int64_t high) const {
  const auto* integer = json_->get_if<std::int64_t>();
  if (integer != nullptr && *integer >= low && *integer <= high) return *integer;
  fail_type(fmt::format("an integer from {} to {}", low, high).c_str());
}

std::vector<JsonNode> JsonNode::items() const {
  const auto* list = json_->get_if<Json::Array>();
  if (list == nullptr) fail_type("a list");
  std::vector<JsonNode> nodes;
  nodes.reserve(list->size());
  for (const Json& item : *list) nodes.emplace_back(*document_, item);
  return nodes;
}

std::optional<JsonNode> JsonNode::find(std::string_view key) const {
  if (json_->get_if<Json::Object>() == nullptr) fail_type("an object");
  const Json* member = json_->find(key);
  return member == nullptr ? std::nullopt : std::optional(JsonNode(*document_, *member));
}

JsonNode JsonNode::at(std::string_view key) const {
  if (const auto member = find(key)) return *member;
  fail(fmt::format("'{}' is missing", key));
}

std::vector<std::pair<const std::string&, JsonNode>> JsonNode::members() const {
  const auto* object = json_->get_if<Json::Object>();
  if (object == nullptr) fail_type("an object");
  std::vector<std::pair<const std::string&, JsonNode>> nodes;
  nodes.reserve(object->size());
  for (const JsonMember& member : *object)
    nodes.emplace_back(member.key, JsonNode(*document_, member.value));
  return nodes;
}

void JsonNode::allow_only(std::initializer_list<std::string_view> keys) const {
  for (const auto& [key, node] : members()) {
    bool known = false;
    for (const std::string_view one : keys) known = known || one == key;
    if (!known) fail(fmt::format("'{}' is not known here", printable(key)));
  }
}

}  // namespace hone
