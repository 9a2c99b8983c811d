// JSON: one rule for numbers, texts and limits, and errors that name the place.
#include "base/json.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>

#include "base/philox.h"
#include "base/utf8.h"

using hone::Error;
using hone::ErrorKind;
using hone::Json;
using hone::JsonDigits;
using hone::JsonDocument;
using hone::JsonNode;
using hone::write_json;

namespace {

Json read(std::string_view text) { return JsonDocument(text, "test").json(); }

// The message of the error that reading `text` ends with; empty when there is none.
std::string refusal(std::string_view text, const hone::JsonLimits& limits = {}) {
  try {
    const JsonDocument document(text, "file.json", ErrorKind::storage, limits);
    return "";
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::storage);
    return error.what();
  }
}

template <class Call>
std::string message(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string repeated(std::string_view part, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += part;
  return text;
}

}  // namespace

TEST_CASE("json: what Python's json.dumps writes comes back with the same type and text") {
  // Written by json.dumps of CPython 3.11.
  for (const char* text : {"null",
                           "true",
                           "false",
                           "0",
                           "-1",
                           "9223372036854775807",
                           "-9223372036854775808",
                           "9223372036854775808",
                           "-9223372036854775809",
                           "340282366920938463463374607431768211456",
                           "0.1",
                           "1.0",
                           "-0.0",
                           "1e-05",
                           "1e+16",
                           "1e+22",
                           "5e-324",
                           "1.7976931348623157e+308",
                           "2.2250738585072014e-308",
                           "0.30000000000000004",
                           "123456789012345.6",
                           "NaN",
                           "Infinity",
                           "-Infinity",
                           "\"\"",
                           "\"NaN\"",
                           "\"Infinity\"",
                           "\"a\\\"b\\\\c/d\\b\\f\\n\\r\\t\\u0000\"",
                           "\"\\u00e4\\u20ac\\ud83d\\ude00\\u007f\"",
                           "[]",
                           "{}",
                           "[1, 1.0, \"1\", [true, null]]",
                           "{\"a\": {\"b\": [NaN, Infinity]}, \"\": 0}"}) {
    CAPTURE(text);
    const Json json = read(text);
    CHECK(write_json(json) == text);
    CHECK(read(write_json(json)) == json);
    CHECK(read(write_json(json, {.indent = 2})) == json);
  }
}

TEST_CASE("json: an integer stays an integer, a float a float, a text a text") {
  CHECK(*read("1").get_if<std::int64_t>() == 1);
  CHECK(*read("1.0").get_if<double>() == 1.0);
  CHECK(*read("1e2").get_if<double>() == 100.0);
  CHECK(*read("\"1\"").get_if<std::string>() == "1");
  CHECK(*read("-9223372036854775808").get_if<std::int64_t>() == INT64_MIN);
  CHECK(read("9223372036854775808").get_if<JsonDigits>()->text == "9223372036854775808");
  CHECK(std::isinf(*read("Infinity").get_if<double>()));
  CHECK(*read("\"Infinity\"").get_if<std::string>() == "Infinity");
  CHECK_FALSE(read("1") == read("1.0"));
  CHECK_FALSE(read("0.0") == read("-0.0"));
  CHECK(read("NaN") == read("NaN"));
  CHECK(Json(UINT64_MAX) == read("18446744073709551615"));
  CHECK(Json(std::uint64_t{7}) == Json(7));
  CHECK(write_json(Json(0.1f)) == "0.10000000149011612");
}

TEST_CASE("json: every double comes back bit for bit") {
  hone::PhiloxStream random(11);
  for (int i = 0; i < 20000; ++i) {
    const auto value = std::bit_cast<double>(random.next_u64());
    const Json json = value;
    const bool same = read(write_json(json)) == json && read(hone::json_number(value)) == json;
    if (!same) FAIL(hone::json_number(value));
    const auto whole = static_cast<std::int64_t>(random.next_u64() >> random.below(64));
    if (read(write_json(Json(whole))) != Json(whole)) FAIL(whole);
  }
}

TEST_CASE("json: a number beyond double is refused, one too small becomes 0") {
  for (const char* text : {"1e309", "-1e309", "1e99999999999999999999", "123.5e400"}) {
    CAPTURE(text);
    CHECK(has(refusal(text), "beyond the range"));
  }
  CHECK(has(refusal("0." + repeated("0", 400) + "1e99999"), "beyond the range"));
  CHECK(has(refusal(repeated("9", 400) + ".0"), "beyond the range"));
  for (const char* text :
       {"1e-400", "1e-99999999999999999999", "0.0e99999999999999999999", "0.000001e-330"}) {
    CAPTURE(text);
    CHECK(write_json(read(text)) == "0.0");
  }
  CHECK(write_json(read("-1e-400")) == "-0.0");
  CHECK(write_json(read("0." + repeated("0", 500) + "1")) == "0.0");
  CHECK(write_json(read("1" + repeated("0", 500) + ".0e-500")) == "1.0");
  CHECK(has(refusal(repeated("7", 5000)), "more than 4300 digits"));
  CHECK(read(repeated("7", 4000)).get_if<JsonDigits>() != nullptr);
}

TEST_CASE("json: what is not JSON is refused with its line and column") {
  for (const char* text : {"",
                           " ",
                           "nul",
                           "tru",
                           "Nan",
                           "nan",
                           "inf",
                           "+1",
                           "01",
                           "-01",
                           "-",
                           "1.",
                           ".5",
                           "1e",
                           "1e+",
                           "0x10",
                           "1_000",
                           "[1,]",
                           "[,1]",
                           "[1 2]",
                           "[",
                           "{",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{1:1}",
                           "\"",
                           "\"\\\"",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "\"\\u12g4\"",
                           "\"\\u+123\"",
                           "\"\t\"",
                           "\"\\ud800\"",
                           "\"\\ud800\\u0041\"",
                           "\"\\udc00\"",
                           "\"\xff\"",
                           "\"\xc0\x80\"",
                           "\"\xed\xa0\x80\"",
                           "1 2",
                           "[] x",
                           "\xef\xbb\xbf{}",
                           "--Infinity",
                           "-NaN",
                           "// x\n1"}) {
    CAPTURE(text);
    CHECK(has(refusal(text), "file.json: is not JSON that can be read: line "));
  }
  CHECK(has(refusal(std::string_view("[1]\0", 4)), "something follows"));
  CHECK(has(refusal("{\"a\": 1,\n \"b\": x}"), "line 2, column 7: no value begins here"));
  CHECK(has(refusal("{\"a\": 1, \"b\": 2, \"a\": 3}"), "has the key 'a' twice"));
  CHECK(has(refusal("[\"\\ud800x\"]"), "half of a surrogate pair"));
  CHECK(has(refusal("{\"k\": [1, 2"), "',' or ']' is missing"));
}

TEST_CASE("json: depth, size and number of values are bounded, and reading is linear") {
  CHECK(refusal(repeated("[", 64) + repeated("]", 64)).empty());
  CHECK(has(refusal(repeated("[", 65) + repeated("]", 65)), "deeper than 64"));
  CHECK(has(refusal(repeated("[", 1000000)), "deeper than 64"));
  CHECK(has(refusal("[1, 2, 3]", {.bytes = 8}), "has 9 bytes of JSON, the limit here is 8"));
  CHECK(has(refusal("[1, 2, 3]", {.values = 3}), "more than 3 values"));
  CHECK(refusal("[1, 2, 3]", {.values = 4}).empty());
  std::string many = "{";
  for (int i = 0; i < 200000; ++i) many += fmt::format("{}\"key{}\": {}", i > 0 ? "," : "", i, i);
  const JsonDocument document(many + "}", "many");
  CHECK(document.root().members().size() == 200000);
  // At the end of the text, which the search for a line must not make slow either.
  CHECK(has(refusal(many + ", \"key7\": 0}"), "has the key 'key7' twice"));
}

TEST_CASE("json: errors name the document and the place") {
  const JsonDocument document(
      R"({"layers": [{"out": 8}, {"out": 2.5, "bias": 1, "name": null, "p": "x", "n": 300}]})",
      "model.safetensors: network");
  const std::vector<JsonNode> layers = document.root().at("layers").items();
  const JsonNode layer = layers[1];
  CHECK(layers[0].at("out").get<int>() == 8);
  CHECK(message([&] { layer.at("out").get<int>(); }) ==
        "model.safetensors: network: layers[1].out: is 2.5, an integer from -2147483648 to "
        "2147483647 is wanted");
  CHECK(has(message([&] { layer.at("bias").get<bool>(); }), "is 1, true or false is wanted"));
  CHECK(has(message([&] { layer.at("name").get<std::string>(); }), "is null, a text is wanted"));
  CHECK(has(message([&] { layer.at("p").get<double>(); }), "is \"x\", a number is wanted"));
  CHECK(has(message([&] { layer.at("n").get<std::uint8_t>(); }), "an integer from 0 to 255"));
  CHECK(has(message([&] { layer.at("n").get_between(1, 10); }), "an integer from 1 to 10"));
  CHECK(has(message([&] { layer.at("size"); }), "layers[1]: 'size' is missing"));
  CHECK(has(message([&] { layer.items(); }), "layers[1]: is an object, a list is wanted"));
  CHECK(has(message([&] { document.root().at("layers").at("x"); }), "is a list, an object"));
  CHECK(has(message([&] {
              layer.allow_only({"out", "bias", "name", "p"});
            }),
            "layers[1]: 'n' is not known here"));
  CHECK_FALSE(layer.find("size"));
  CHECK_FALSE(layer.at("name").get_optional<double>());
  CHECK(message([&] { document.root().get<bool>(); }) ==
        "model.safetensors: network: is an object, true or false is wanted");
}

TEST_CASE("json: where a number is wanted, its texts are read and its range is kept") {
  const JsonDocument document(
      R"(["NaN", "Infinity", "-Infinity", "nan", "inf", "-inf", 3, 1e39, -1, "Inf",
          18446744073709551615, 18446744073709551616])",
      "numbers");
  const std::vector<JsonNode> items = document.root().items();
  CHECK(std::isnan(items[0].get<double>()));
  CHECK(items[1].get<double>() == INFINITY);
  CHECK(items[2].get<double>() == -INFINITY);
  CHECK(std::isnan(items[3].get<float>()));
  CHECK(items[4].get<float>() == INFINITY);
  CHECK(items[5].get<double>() == -INFINITY);
  CHECK(items[6].get<double>() == 3.0);
  CHECK(has(message([&] { items[7].get<float>(); }), "in the range of float"));
  CHECK(has(message([&] { items[8].get<std::uint64_t>(); }), "numbers: [8]: is -1, an integer"));
  CHECK(has(message([&] { items[9].get<double>(); }), "a number is wanted"));
  CHECK(items[10].get<std::uint64_t>() == UINT64_MAX);
  CHECK(has(message([&] { items[10].get<std::int64_t>(); }), "an integer from"));
  CHECK(has(message([&] { items[11].get<std::uint64_t>(); }), "an integer from"));
  CHECK(items[11].get<double>() == 18446744073709551616.0);
}

TEST_CASE("json: values are built, compared and written strictly or as Python does") {
  Json json = Json::object({{"loss", 0.5}, {"best", std::optional<double>()}});
  json.set("list", std::vector<std::int64_t>{1, 2});
  json.set("loss", std::nan(""));
  json.set("empty", Json::array());
  CHECK(write_json(json) == R"({"loss": NaN, "best": null, "list": [1, 2], "empty": []})");
  CHECK(write_json(json, {.strict = true}) ==
        R"({"loss": "NaN", "best": null, "list": [1, 2], "empty": []})");
  CHECK(write_json(json, {.indent = 1}) ==
        "{\n \"loss\": NaN,\n \"best\": null,\n \"list\": [\n  1,\n  2\n ],\n \"empty\": []\n}");
  CHECK(read(R"({"a": 1, "b": 2})") == read(R"({"b": 2, "a": 1})"));
  CHECK_FALSE(read(R"({"a": 1, "b": 2})") == read(R"({"b": 2, "a": 2})"));
  CHECK_FALSE(read(R"({"a": 1})") == read(R"({"b": 1})"));
  CHECK(json.find("list") != nullptr);
  CHECK(json.find("nothing") == nullptr);
  CHECK_THROWS_AS(write_json(Json("\xff")), Error);
  CHECK_THROWS_AS(Json(1).push_back(2), Error);
}

TEST_CASE("utf8: valid characters are decoded, everything else is repaired") {
  std::string all;
  for (std::uint32_t code = 0; code <= 0x10FFFF; code += code < 0x900 ? 1 : 37) {
    if (code >= 0xD800 && code < 0xE000) continue;
    std::string one;
    hone::append_utf8(one, code);
    const hone::CodePoint back = hone::decode_utf8(one, 0);
    CHECK_MESSAGE((back.valid && back.bytes == one.size() && back.value == code), code);
    all += one;
  }
  CHECK(hone::repair_utf8(all) == all);
  CHECK(hone::repair_utf8("a\xff\xe2\x82z") == "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDz");
  CHECK(hone::repair_utf8("\xed\xa0\x80").size() == 9);
  CHECK(hone::repair_utf8("\xf4\x90\x80\x80").size() == 12);
}
