// The reader and the writer of JSON text.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/json.h"
#include "base/utf8.h"

namespace hone {
namespace {

// Recursive descent. `at_` never passes the end; peek() gives 0 there, and a NUL in the text is
// refused wherever it stands, because no rule accepts it.
class Reader {
 public:
  Reader(std::string_view text, const std::string& name, ErrorKind kind, const JsonLimits& limits)
      : text_(text), name_(name), kind_(kind), limits_(limits) {}

  Json read() {
    if (text_.size() > limits_.bytes)
      hone::fail(kind_, "{}: has {} bytes of JSON, the limit here is {}", name_, text_.size(),
                 limits_.bytes);
    Json json = value();
    skip_space();
    if (at_ != text_.size()) refuse("something follows the end of the value");
    return json;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    const std::string_view before = text_.substr(0, at_);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t start = before.rfind('\n') + 1;  // npos + 1 is 0
    hone::fail(kind_, "{}: is not JSON that can be read: line {}, column {}: {}", name_, line,
               at_ - start + 1, what);
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  void skip_space() {
    while (peek() == ' ' || peek() == '\n' || peek() == '\t' || peek() == '\r') ++at_;
  }

  Json value() {
    skip_space();
    if (++values_ > limits_.values)
      refuse(fmt::format("there are more than {} values", limits_.values));
    switch (peek()) {
      case '{':
        return object();
      case '[':
        return array();
      case '"':
        return string();
      case 't':
        if (take("true")) return true;
        break;
      case 'f':
        if (take("false")) return false;
        break;
      case 'n':
        if (take("null")) return nullptr;
        break;
      case 'N':
        if (take("NaN")) return std::numeric_limits<double>::quiet_NaN();
        break;
      case 'I':
        if (take("Infinity")) return std::numeric_limits<double>::infinity();
        break;
      case '-':
        if (take("-Infinity")) return -std::numeric_limits<double>::infinity();
        return number();
      default:
        if (peek() >= '0' && peek() <= '9') return number();
    }
    if (at_ == text_.size()) refuse("the text ends before the value is complete");
    refuse("no value begins here");
  }

  void enter() {
    if (++depth_ > limits_.depth)
      refuse(fmt::format("it is nested deeper than {} levels", limits_.depth));
    ++at_;
    skip_space();
  }

  Json array() {
    enter();
    Json::Array list;
    while (!take(']')) {
      if (!list.empty() && !take(',')) refuse("',' or ']' is missing");
      list.push_back(value());
      skip_space();
    }
    --depth_;
    return list;
  }

  Json object() {
    enter();
    Json json = Json::object();
    Json::Object& members = json.members();
    while (!take('}')) {
      if (!members.empty()) {
        if (!take(',')) refuse("',' or '}' is missing");
        skip_space();
      }
      if (peek() != '"') refuse("a key in quotes is missing");
      std::string key = string();
      skip_space();
      if (!take(':')) refuse("':' is missing");
      members.push_back({std::move(key), value()});
      skip_space();
    }
    check_keys(members);
    --depth_;
    return json;
  }

  void check_keys(const Json::Object& members) const {
    std::vector<std::string_view> keys;
    keys.reserve(members.size());
    for (const JsonMember& member : members) keys.push_back(member.key);
    std::sort(keys.begin(), keys.end());
    const auto twice = std::adjacent_find(keys.begin(), keys.end());
    if (twice != keys.end())
      refuse(fmt::format("the object that ends here has the key '{}' twice",
                         printable(std::string(*twice))));
  }

  void skip_digits() {
    if (peek() < '0' || peek() > '9') refuse("a digit is missing");
    while (peek() >= '0' && peek() <= '9') ++at_;
  }

  Json number() {
    const std::size_t start = at_;
    take('-');
    if (!take('0')) skip_digits();
    if (peek() >= '0' && peek() <= '9') refuse("a number does not begin with 0");
    bool decimal = false;
    if (take('.')) {
      decimal = true;
      skip_digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      decimal = true;
      ++at_;
      if (!take('-')) take('+');
      skip_digits();
    }
    const std::string_view literal = text_.substr(start, at_ - start);
    return decimal ? real(literal) : integer(literal);
  }

  Json integer(std::string_view literal) const {
    std::int64_t whole = 0;
    const auto result = std::from_chars(literal.data(), literal.data() + literal.size(), whole);
    if (result.ec == std::errc()) return whole;
    if (literal.size() > limits_.digits)
      refuse(fmt::format("the number that ends here has more than {} digits", limits_.digits));
    return JsonDigits{std::string(literal)};
  }

  Json real(std::string_view literal) const {
    double value = 0;
    const auto result = std::from_chars(literal.data(), literal.data() + literal.size(), value);
    if (result.ec == std::errc()) return value;
    if (!too_small(literal))
      refuse("the number that ends here is beyond the range of a 64-bit float");
    return literal.front() == '-' ? -0.0 : 0.0;
  }

  // Whether a literal that no double can hold is so because it is too near to 0: below 1 by the
  // place of its first digit that is not 0.
  static bool too_small(std::string_view literal) {
    const std::size_t e = std::min(literal.find_first_of("eE"), literal.size());
    const std::string_view mantissa = literal.substr(0, e);
    const std::size_t first = mantissa.find_first_of("123456789");
    if (first == std::string_view::npos) return true;  // 0 with an exponent too long to be read
    std::string_view digits = literal.substr(std::min(e + 1, literal.size()));
    if (digits.starts_with('+')) digits.remove_prefix(1);
    std::int64_t exponent = 0;
    const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (result.ec == std::errc::result_out_of_range) return digits.front() == '-';
    const auto point = static_cast<std::int64_t>(std::min(mantissa.find('.'), e));
    return point - static_cast<std::int64_t>(first) +
               std::clamp<std::int64_t>(exponent, -1'000'000'000'000, 1'000'000'000'000) <=
           0;
  }

  std::string string() {
    std::string out;
    ++at_;  // the quote
    for (;;) {
      if (at_ == text_.size()) refuse("the text ends inside a string");
      const char c = text_[at_];
      if (c == '"') break;
      if (static_cast<unsigned char>(c) < 0x20)
        refuse("a control character stands in a string without an escape");
      if (c == '\\') {
        ++at_;
        escape(out);
        continue;
      }
      const CodePoint point = decode_utf8(text_, at_);
      if (!point.valid) refuse("a string is not valid UTF-8");
      out.append(text_, at_, point.bytes);
      at_ += point.bytes;
    }
    ++at_;
    return out;
  }

  void escape(std::string& out) {
    static constexpr std::string_view kNames = "\"\\/bfnrt", kValues = "\"\\/\b\f\n\r\t";
    const std::size_t index = at_ < text_.size() ? kNames.find(text_[at_]) : std::string_view::npos;
    if (index != std::string_view::npos) {
      out += kValues[index];
      ++at_;
      return;
    }
    if (!take('u')) refuse("an escape is not known");
    std::uint32_t code = hex4();
    if (code >= 0xD800 && code < 0xDC00) {
      const std::uint32_t low = take("\\u") ? hex4() : 0;
      if (low < 0xDC00 || low >= 0xE000) refuse("an escape is half of a surrogate pair");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code >= 0xDC00 && code < 0xE000) {
      refuse("an escape is half of a surrogate pair");
    }
    append_utf8(out, code);
  }

  std::uint32_t hex4() {
    std::uint32_t code = 0;
    const std::string_view digits = text_.substr(at_, 4);
    const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (digits.size() != 4 || result.ec != std::errc() || result.ptr != digits.data() + 4)
      refuse("four hexadecimal digits are needed after \\u");
    at_ += 4;
    return code;
  }

  std::string_view text_;
  const std::string& name_;
  ErrorKind kind_;
  const JsonLimits& limits_;
  std::size_t at_ = 0, values_ = 0;
  int depth_ = 0;
};

void append_quoted(std::string& out, std::string_view text) {
  static constexpr std::string_view kValues = "\"\\\b\f\n\r\t", kNames = "\"\\bfnrt";
  const auto escape = [&](std::uint32_t unit) { out += fmt::format("\\u{:04x}", unit); };
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const auto [code, size, valid] = decode_utf8(text, at);
    if (!valid)
      fail(ErrorKind::usage, "JSON: the text {} is not valid UTF-8",
           json_quoted(repair_utf8(text.substr(0, 200))));
    const std::size_t named = size == 1 ? kValues.find(text[at]) : std::string_view::npos;
    if (named != std::string_view::npos) {
      out += '\\';
      out += kNames[named];
    } else if (code >= 0x10000) {
      escape(0xD800 + ((code - 0x10000) >> 10));
      escape(0xDC00 + ((code - 0x10000) & 0x3FF));
    } else if (code < 0x20 || code >= 0x7F) {
      escape(code);
    } else {
      out += text[at];
    }
    at += size;
  }
  out += '"';
}

class Writer {
 public:
  explicit Writer(const JsonFormat& format) : format_(format) {}

  std::string write(const Json& json) {
    std::visit([this](const auto& value) { add(value); }, json.value());
    return std::move(out_);
  }

 private:
  void add(std::nullptr_t) { out_ += "null"; }
  void add(bool flag) { out_ += flag ? "true" : "false"; }
  void add(std::int64_t number) { out_ += fmt::format("{}", number); }
  void add(const JsonDigits& digits) { out_ += digits.text; }
  void add(double number) {
    const bool as_text = format_.strict && !std::isfinite(number);
    out_ += as_text ? '"' + json_number(number) + '"' : json_number(number);
  }
  void add(const std::string& text) { append_quoted(out_, text); }
  void add(const Json::Array& list) {
    sequence('[', ']', list, [this](const Json& item) { nested(item); });
  }
  void add(const Json::Object& members) {
    sequence('{', '}', members, [this](const JsonMember& member) {
      append_quoted(out_, member.key);
      out_ += ": ";
      nested(member.value);
    });
  }

  void nested(const Json& json) {
    std::visit([this](const auto& value) { add(value); }, json.value());
  }

  template <class List, class Add>
  void sequence(char open, char close, const List& list, Add add_item) {
    out_ += open;
    ++depth_;
    for (const auto& item : list) {
      if (&item != &list.front()) out_ += format_.indent > 0 ? "," : ", ";
      new_line();
      add_item(item);
    }
    --depth_;
    if (!list.empty()) new_line();
    out_ += close;
  }

  void new_line() {
    if (format_.indent > 0)
      out_ += '\n' + std::string(static_cast<std::size_t>(format_.indent * depth_), ' ');
  }

  JsonFormat format_;
  std::string out_;
  int depth_ = 0;
};

}  // namespace

JsonDocument::JsonDocument(std::string_view text, std::string name, ErrorKind kind,
                           const JsonLimits& limits)
    : json_(Reader(text, name, kind, limits).read()), name_(std::move(name)), kind_(kind) {}

std::string write_json(const Json& json, const JsonFormat& format) {
  return Writer(format).write(json);
}

std::string json_quoted(std::string_view text) {
  std::string out;
  append_quoted(out, text);
  return out;
}

std::string json_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

}  // namespace hone
