// Safetensors and model files: round trips, and strangers' files.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "nn/io/model_file.h"
#include "nn/io/safetensors.h"
#include "tensor/tape.h"
#include "tests/nn/train_fixture.h"

using namespace hone;
using namespace train_test;
using nn::io::SafetensorsFile;
using nn::io::TensorData;

namespace {

std::string as_text(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

// A file with this header and so many bytes of data.
std::string file_of(const std::string& header, std::size_t data) {
  const std::uint64_t length = header.size();
  std::string text(8, '\0');
  std::memcpy(text.data(), &length, 8);
  return text + header + std::string(data, '\1');
}

std::string parse_error(const std::string& bytes) {
  return error_of([&] {
    SafetensorsFile::parse({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()},
                           "f.safetensors");
  });
}

// The same from a file on disk.
std::string open_error(const TempFolder& folder, const std::string& bytes) {
  write_text(folder / "f.safetensors", bytes);
  return error_of([&] { SafetensorsFile::open(folder / "f.safetensors"); });
}

std::string one(const std::string& dtype, const std::string& shape, const std::string& range) {
  return fmt::format(R"({{"a":{{"dtype":{},"shape":{},"data_offsets":{}}}}})", dtype, shape, range);
}

}  // namespace

TEST_CASE("arrays and metadata come back as they were written") {
  const std::vector<TensorData> tensors = {{"bytes", "U8", {3}, {1, 2, 3}},
                                           {"half", "F16", {2}, {1, 2, 3, 4}},
                                           {"wide \"name\"", "F64", {1}, {1, 2, 3, 4, 5, 6, 7, 8}},
                                           {"scalar", "F32", {}, {1, 2, 3, 4}},
                                           {"none", "F32", {0, 5}, {}}};
  const nn::io::TensorMetadata metadata = {{"k", "v"}, {"text", "\n\"\xc3\xa9\""}};
  const auto bytes = nn::io::write_safetensors(tensors, metadata);
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), 8);
  CHECK(header % 8 == 0);
  const TempFolder folder;
  write_text(folder / "t", as_text(bytes));
  const SafetensorsFile parsed = SafetensorsFile::parse(bytes, "memory");
  const SafetensorsFile opened = SafetensorsFile::open(folder / "t");
  for (const SafetensorsFile* file : {&parsed, &opened}) {
    CHECK(file->metadata() == metadata);
    CHECK(file->entries().size() == 5);
    CHECK(file->entry("wide \"name\"").begin == 0);
    for (const TensorData& tensor : tensors) {
      const TensorData read = file->read(file->entry(tensor.name));
      CHECK(read.bytes == tensor.bytes);
      CHECK(read.dtype == tensor.dtype);
      CHECK(read.shape == tensor.shape);
    }
    CHECK_FALSE(file->has("other"));
    CHECK(contains(error_of([&] { file->entry("other"); }), "data: "));
  }
  const auto write = [](const std::vector<TensorData>& list) {
    return error_of([&] { nn::io::write_safetensors(list, {}); });
  };
  CHECK(contains(write({{"a", "U8", {1}, {1}}, {"a", "U8", {1}, {1}}}), "used twice"));
  CHECK(contains(write({{"a", "U8", {2}, {1}}}), "1 bytes for U8 [2]"));
  CHECK(contains(write({{"a", "X", {1}, {1}}}), "usage: "));
  CHECK(contains(write({{"\xff", "U8", {1}, {1}}}), "UTF-8"));
}

TEST_CASE("hostile safetensors headers are refused with the field that is wrong") {
  const TempFolder folder;
  const std::string good = one("\"F32\"", "[2]", "[0,8]");
  REQUIRE(parse_error(file_of(good, 8)) == "");
  REQUIRE(parse_error(file_of("{}", 0)) == "");
  std::string huge = file_of(good, 8);
  std::memset(huge.data(), 0xff, 8);
  std::string past = file_of(good, 8);
  past[0] = static_cast<char>(good.size() + 9);
  const std::string two = R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)";
  const std::pair<std::string, const char*> cases[] = {
      {"", "only 0 bytes"},
      {"1234567", "only 7 bytes"},
      {huge, "header would have"},
      {past, "header would have"},
      {file_of("", 0), "not a JSON object"},
      {file_of("[]", 0), "not a JSON object"},
      {file_of(" {}", 0), "not a JSON object"},
      {file_of("{", 0), "not JSON"},
      {file_of("{}x", 0), "not JSON"},
      {file_of("{\"a\xff\":1}", 0), "not JSON"},
      {file_of(std::string(100000, '['), 0), "not a JSON object"},
      {file_of("{\"a\":" + std::string(100000, '['), 0), "nested deeper"},
      {file_of(R"({"a":1})", 0), "a: is 1, an object is wanted"},
      {file_of(R"({"a":{"shape":[1],"data_offsets":[0,4]}})", 4), "'dtype' is missing"},
      {file_of(R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", 4), "'shape' is missing"},
      {file_of(R"({"a":{"dtype":"F32","shape":[1]}})", 4), "'data_offsets' is missing"},
      {file_of(one("\"F31\"", "[2]", "[0,8]"), 8), "a.dtype: is a type that is not known"},
      {file_of(one("7", "[2]", "[0,8]"), 8), "a.dtype: is 7, a text is wanted"},
      {file_of(one("\"F32\"", "[-2]", "[0,8]"), 8), "a.shape[0]: is "},
      {file_of(one("\"F32\"", "[2.0]", "[0,8]"), 8), "a.shape[0]: is "},
      {file_of(one("\"F32\"", "2", "[0,8]"), 8), "a.shape: is 2, a list is wanted"},
      {file_of(one("\"F32\"", "[18446744073709551615]", "[0,8]"), 8), "a.shape[0]: is "},
      {file_of(one("\"F32\"", "[4611686018427387904,4]", "[0,0]"), 0), "do not hold"},
      {file_of(one("\"F32\"", "[2]", "[8,0]"), 8), "a.data_offsets: is not [begin, end]"},
      {file_of(one("\"F32\"", "[2]", "[0,8,16]"), 8), "a.data_offsets: is not [begin, end]"},
      {file_of(one("\"F32\"", "[2]", "[0,4]"), 4), "do not hold"},
      {file_of(one("\"F32\"", "[2]", "[4,12]"), 12), "there is a hole"},
      {file_of(one("\"F32\"", "[1000000000]", "[0,4000000000]"), 8), "announces 4000000000 bytes"},
      {file_of(good, 9), "the file has 9"},
      {file_of(good, 7), "the file has 7"},
      {file_of(two + R"("a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})", 8), "'a' twice"},
      {file_of(two + R"("b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})", 6), "overlap"},
      {file_of(two + R"("b":{"dtype":"U8","shape":[4],"data_offsets":[5,9]}})", 9), "hole"},
      {file_of(R"({"__metadata__":[]})", 0), "__metadata__: is a list"},
      {file_of(R"({"__metadata__":{"k":1}})", 0), "__metadata__.k: is 1, a text is wanted"},
      {file_of(R"({"__metadata__":{"k":"1","k":"2"}})", 0), "'k' twice"},
      {file_of(R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1}})", 0),
       "a: 'x' is not known here"}};
  for (const auto& [bytes, expected] : cases) {
    const std::string error = parse_error(bytes);
    CAPTURE(error);
    CHECK(contains(error, "data: f.safetensors: "));
    CHECK(contains(error, expected));
    CHECK(contains(open_error(folder, bytes), expected));
  }
  CHECK(contains(error_of([&] { SafetensorsFile::open(folder / "no"); }), "cannot be opened"));
  CHECK(contains(error_of([&] { SafetensorsFile::open("/dev/zero"); }), "not a regular file"));
}

TEST_CASE("a safetensors header with 160,000 arrays is written, read and searched in linear time") {
  constexpr std::size_t kCount = 160000;
  std::vector<TensorData> tensors;
  for (std::size_t i = 0; i < kCount; ++i)
    tensors.push_back({fmt::format("t{}", i), "U8", {1}, {static_cast<std::uint8_t>(i)}});
  const std::clock_t start = std::clock();  // processor time: the machine may be busy
  const std::vector<std::uint8_t> bytes = nn::io::write_safetensors(tensors, {});
  const auto file = SafetensorsFile::parse(bytes, "many");
  REQUIRE(file.entries().size() == kCount);
  for (std::size_t i = 0; i < kCount; i += 7)
    if (file.read(file.entry(fmt::format("t{}", i))).bytes != tensors[i].bytes) FAIL(i);
  CHECK(file.has("t159999"));
  CHECK_FALSE(file.has("t160000"));
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  CHECK(seconds < 10);  // 0.7 s; each against each took 24 s for the header alone
}

TEST_CASE("a safetensors file stays the one that was opened when its name goes to another") {
  const TempFolder folder;
  const auto save = [&](std::uint8_t value) {
    write_file_atomic(folder / "m", nn::io::write_safetensors({{"a", "U8", {2}, {value, 0}}}, {}));
  };
  save(1);
  const auto file = SafetensorsFile::open(folder / "m");
  save(2);
  CHECK(file.read(file.entry("a")).bytes == std::vector<std::uint8_t>{1, 0});
  const auto now = SafetensorsFile::open(folder / "m");
  std::filesystem::resize_file(folder / "m", 20);
  CHECK(contains(error_of([&] { now.read(now.entry("a")); }), "became shorter"));
}

TEST_CASE("any change of a safetensors header is refused or harmless") {
  const auto bytes = as_text(nn::io::write_safetensors(
      {{"a", "F32", {1, 2}, std::vector<std::uint8_t>(8)}, {"b", "U8", {3}, {1, 2, 3}}},
      {{"key", "value"}}));
  PhiloxStream random(4);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    CHECK(contains(parse_error(bytes.substr(0, i)), "data: "));
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = bytes;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      const std::string error = parse_error(flipped);
      CHECK((error.empty() || contains(error, "data: f.safetensors: ")));
    }
  }
}

TEST_CASE("a model file gives the model back, with what its input and output mean") {
  const World world("cpu");
  const TempFolder folder;
  const auto file = folder / "model.safetensors";
  auto model = world.model(13);
  nn::train::Trainer trainer(*model);
  nn::io::save_model(file, *model,
                     {.normalization = {0.25f, -0.5f},
                      .classes = {"T-shirt/top", "Hose", "\xc3\x84rmel", "d"},
                      .metadata = {{"study", "fmnist"}, {"trial", "7"}}});
  for (const char* device_name : {"cpu", "ref"}) {
    const auto device = open_device(device_name);
    auto loaded = nn::io::load_model(file, device->new_backend());
    CHECK(loaded.model->network() == model->network());
    CHECK(loaded.model->input() == model->input());
    CHECK(loaded.model->seed() == 13);
    CHECK(loaded.normalization.scale == 0.25f);
    CHECK(loaded.normalization.offset == -0.5f);
    CHECK(loaded.classes.at(2) == "\xc3\x84rmel");
    CHECK(loaded.metadata ==
          std::map<std::string, std::string>{{"study", "fmnist"}, {"trial", "7"}});
    CHECK(same_bits(weights(*loaded.model), weights(*model)));
  }
  auto again = nn::io::load_model(file, world.device->new_backend());
  nn::train::Trainer other(*again.model);
  CHECK(same_bits(other.predict(world.validation), trainer.predict(world.validation)));
}

TEST_CASE("weights of a module go to a file and back, but need the module") {
  struct Line : nn::Module {
    explicit Line(int out) : w_(parameter("w", {64, out})) {}
    Tensor forward(const Tensor& x) override { return ops::matmul(ops::flatten(x), w_); }
    nn::Parameter w_;
  };
  const World world("cpu");
  const TempFolder folder;
  const auto file = folder / "line.safetensors";
  const auto make = [&](std::uint64_t seed, int out) {
    return std::make_unique<nn::Model>(std::make_unique<Line>(out), Shape{8, 8, 1},
                                       world.device->new_backend(), seed);
  };
  const auto a = make(1, 4), b = make(2, 4), c = make(1, 5);
  nn::io::save_model(file, *a, {.classes = {"x"}});
  CHECK_FALSE(same_bits(weights(*a), weights(*b)));
  CHECK(nn::io::load_weights(file, *b).classes == std::vector<std::string>{"x"});
  CHECK(same_bits(weights(*a), weights(*b)));
  CHECK(contains(error_of([&] { nn::io::load_weights(file, *c); }), "F32 [64, 5] is needed"));
  CHECK(contains(error_of([&] { nn::io::load_model(file, world.device->new_backend()); }),
                 "use load_weights"));
}

namespace {

// A good model file that can be written again with one thing wrong.
struct ModelFile {
  ModelFile() {
    nn::io::save_model(folder / "m", *world.model());
    const auto good = SafetensorsFile::open(folder / "m");
    for (const auto& entry : good.entries()) tensors.push_back(good.read(entry));
    metadata = good.metadata();
    metadata.erase("digest");  // what is behind it gets to see the change
  }
  // What load_model says to these arrays with this metadata.
  std::string error(const std::vector<TensorData>& list, const nn::io::TensorMetadata& texts) {
    write_text(folder / "bad", as_text(nn::io::write_safetensors(list, texts)));
    return error_of([&] { nn::io::load_model(folder / "bad", world.device->new_backend()); });
  }
  // The same when one metadata entry is replaced, or removed by an empty value. It must be refused.
  std::string error_with(const std::string& key, const std::string& value) {
    auto texts = metadata;
    texts[key] = value;
    if (value.empty()) texts.erase(key);
    const std::string message = error(tensors, texts);
    CAPTURE(key + " = " + value.substr(0, 200) + " -> " + message);
    CHECK(contains(message, "data: "));
    CHECK(contains(message, "bad"));
    return message;
  }
  void network_with(const std::string& from, const std::string& to) {
    std::string text = metadata.at("network");
    REQUIRE(contains(text, from));
    error_with("network", text.replace(text.find(from), from.size(), to));
  }

  World world;
  TempFolder folder;
  std::vector<TensorData> tensors;
  nn::io::TensorMetadata metadata;
};

}  // namespace

TEST_CASE("a model file with metadata that is missing or strange is refused") {
  ModelFile file;
  for (const char* key : {"format", "input", "normalization", "classes", "seed"})
    CHECK(contains(file.error_with(key, ""), fmt::format("metadata '{}' is missing", key)));
  CHECK(contains(file.error_with("network", ""), "load_weights"));
  CHECK(contains(file.error_with("format", "pt"), "the format is 'pt'"));
  for (const char* key : {"input", "normalization", "classes", "network", "seed"})
    for (const char* value : {"x", "{}", "-", "[1,2", "[[[]]]", "null", "[\"a\",1]"})
      file.error_with(key, value);
  for (const char* input : {"[8,8,0]", "[8,8,-1]", "[4096,4096,4096]", "[99999999999,8,1]",
                            "[8,8,2]", "[16,16,1]", "[8,8]", "[8.5,8,1]"})
    file.error_with("input", input);
  file.error_with("normalization", R"({"scale":1e999,"offset":0})");
  file.error_with("normalization", R"({"scale":1e300,"offset":0})");
  CHECK(contains(file.error_with("seed", "7x"), "'seed'"));
}

TEST_CASE("a model file that was damaged, or holds a weight that is not finite, is refused") {
  ModelFile file;
  const std::string good = read_text(file.folder / "m");
  const auto load = [&](const std::string& bytes) {
    write_text(file.folder / "bad", bytes);
    return error_of(
        [&] { nn::io::load_model(file.folder / "bad", file.world.device->new_backend()); });
  };
  CHECK(load(good) == "");
  // Any flipped bit of the arrays, and of the metadata where it leaves them readable.
  PhiloxStream random(3);
  for (int i = 0; i < 40; ++i) {
    std::string bytes = good;
    bytes[bytes.size() - 1 - random.below(2000)] ^= static_cast<char>(1 << random.below(8));
    CHECK(contains(load(bytes), "data: "));
  }
  std::string reseeded = good;
  reseeded[good.find('7', good.find("\"seed\""))] = '8';
  CHECK(contains(load(reseeded), "bad: is damaged: the digest"));
  for (const float strange :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    auto list = file.tensors;
    std::memcpy(list[1].bytes.data() + 4, &strange, sizeof strange);
    CHECK(contains(file.error(list, file.metadata),
                   fmt::format("value 1 of tensor '{}' is", list[1].name)));
    auto model = file.world.model(8);
    const std::vector<float> before = weights(*model);
    CHECK(contains(error_of([&] { nn::io::load_weights(file.folder / "bad", *model); }),
                   "value 1 of tensor"));
    CHECK(same_bits(weights(*model), before));
  }
}

TEST_CASE("a model of vectors goes to a file and back, with the preprocessing of its samples") {
  const auto device = open_device("cpu");
  const TempFolder folder;
  nn::Model model({nn::Linear{.out = 5}, nn::ReLU{}, nn::Linear{.out = 2}}, {3},
                  device->new_backend(), 1);
  const nn::io::Standardization standardization{{1, 20, -3}, {0.5f, 0.1f, 2}};
  const std::vector<float> raw = {1, 30, -2, 3, 20, -3.5f};
  const auto outputs = [&](nn::Model& of, const nn::io::Standardization& by) {
    const BackendScope scope(of.backend());
    const NoGrad no_grad;
    return of.forward(Tensor::from(by.apply(raw), {2, 3})).to_vector();
  };
  CHECK(standardization.apply(raw) == std::vector<float>{0, 1, 2, 1, 0, -1});
  nn::io::save_model(folder / "m", model, {.standardization = standardization});
  const auto loaded = nn::io::load_model(folder / "m", device->new_backend());
  CHECK(loaded.model->input() == Shape{3});
  CHECK(*loaded.model->network() == *model.network());
  CHECK(loaded.standardization == standardization);
  CHECK(same_bits(outputs(*loaded.model, loaded.standardization), outputs(model, standardization)));
  CHECK(contains(
      error_of([&] {
        nn::io::save_model(folder / "m", model, {.standardization = {{1}, {1}}});
      }),
      "usage: save_model: the standardization has 1 means and 1 scales, a sample [3] has 3"));
  CHECK(contains(
      error_of([&] {
        nn::io::save_model(folder / "m", model, {.standardization = {{1, 2, 3}, {1, INFINITY, 1}}});
      }),
      "of feature 1 is not finite"));
  CHECK(contains(error_of([&] {
                   loaded.standardization.apply(std::vector<float>{1, 2});
                 }),
                 "not whole samples"));
}

TEST_CASE("a model file whose network is huge, overflows or does not fit its weights is refused") {
  ModelFile file;
  file.network_with("\"out\": 4", "\"out\": 2147483647");
  file.network_with("\"kernel\": 3", "\"kernel\": 46341");
  for (const char* out : {"4294967300", "18446744073709551615", "-9223372036854775808", "1e300",
                          "4.5", "\"4\"", "true", "null"})
    file.network_with("\"out\": 4", fmt::format("\"out\": {}", out));
  file.network_with("\"kernel\": 3", "\"kernel\": 0");
  file.network_with("\"kernel\": 3", "\"kernel\": -1");
  file.network_with("\"stride\": 1", "\"stride\": 2147483647");
  file.network_with("\"stride\": 1", "\"stride\": 0");
  file.network_with("\"kernel\": 2", "\"kernel\": 2147483647");
  file.network_with("\"bias\": true", "\"bias\": false");
  file.network_with("\"out\": 8", "\"out\": 9");
  file.network_with("\"layer\": \"flatten\"", "\"layer\": \"relu\"");
  file.network_with("\"layer\": \"flatten\"", "\"layer\": \"pickle\"");
  file.error_with("network", std::string(200000, '['));
  auto list = file.tensors;
  list.pop_back();
  CHECK(contains(file.error(list, file.metadata), "data: "));
  list = file.tensors;
  list.push_back({"extra", "F32", {1}, {0, 0, 0, 0}});
  CHECK(contains(file.error(list, file.metadata), "has 7 tensors, the model has 6 parameters"));
  list = file.tensors;
  for (TensorData& tensor : list) tensor.dtype = "I32";
  CHECK(contains(file.error(list, file.metadata), "F32"));
  write_text(file.folder / "bad", "PK\x03\x04 a pickle");
  CHECK(contains(
      error_of([&] { nn::io::load_model(file.folder / "bad", file.world.device->new_backend()); }),
      "is not a safetensors file"));
}
