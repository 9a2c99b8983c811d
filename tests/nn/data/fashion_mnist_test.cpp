// Finding Fashion-MNIST; the real images are looked at where they are installed.
#include "nn/data/fashion_mnist.h"

#include <cstdlib>
#include <filesystem>

#include "nn/data/class_names.h"
#include "nn/data/split.h"
#include "tests/nn/data/data_test.h"

using namespace data_test;
using namespace hone::nn::data;
namespace fs = std::filesystem;

namespace {

// Four small files in the right format.
void write_small(const fs::path& folder, bool packed) {
  fs::create_directories(folder);
  for (std::size_t i = 0; i < 4; ++i) {
    const Bytes plain = i % 2 == 0 ? idx({2, 28, 28}, ramp(2 * 784)) : idx({2}, {3, 9});
    const std::string name(kFashionMnistFiles[i].name);
    if (packed)
      hone::write_file_atomic(folder / (name + ".gz"), gzip(plain));
    else
      hone::write_file_atomic(folder / name, plain);
  }
}

// Sets an environment variable for one scope.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    ::setenv(name, value.c_str(), 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() {
    if (old_)
      ::setenv(name_, old_->c_str(), 1);
    else
      ::unsetenv(name_);
  }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

}  // namespace

TEST_CASE("Fashion-MNIST is found packed or plain, in the named folder or in HONE_DATA") {
  const TemporaryFolder folder;
  write_small(folder.path / "packed", true);
  write_small(folder.path / "plain", false);
  CHECK(find_fashion_mnist(folder.path / "plain") == folder.path / "plain");
  const Variable data("HONE_DATA", (folder.path / "packed").string());
  CHECK(find_fashion_mnist() == folder.path / "packed");
  for (const char* form : {"packed", "plain"}) {
    const FashionMnistSets sets = load_fashion_mnist_files(folder.path / form);
    CHECK(sets.train.count == 2);
    CHECK(sets.test.labels == std::vector<std::int32_t>{3, 9});
    CHECK_FALSE(sets.official);
  }
}

TEST_CASE(
    "a folder that was named is the only one looked at, and the message says what is needed") {
  const TemporaryFolder folder;
  write_small(folder.path / "all", true);
  write_small(folder.path / "some", true);
  fs::remove(folder.path / "some" / "t10k-labels-idx1-ubyte.gz");
  const Variable data("HONE_DATA", (folder.path / "all").string());
  const std::string message = data_error([&] { find_fashion_mnist(folder.path / "some"); });
  CHECK_MESSAGE(contains(message, "some: 1 of 4 files missing"), message);
  for (const FashionMnistFile& file : kFashionMnistFiles) {
    CHECK(contains(message, std::string(file.name)));
    CHECK(contains(message, std::string(file.sha256)));
  }
  CHECK(contains(message, "apt install dataset-fashion-mnist"));
  CHECK(contains(message, "scripts/fetch-data"));
  CHECK(contains(data_error([&] { load_fashion_mnist_files(folder.path / "some"); }),
                 "neither t10k-labels-idx1-ubyte.gz nor t10k-labels-idx1-ubyte"));
}

TEST_CASE("the cache folder of the user is looked at last") {
  const TemporaryFolder folder;
  write_small(folder.path / ".cache" / "hone" / "fashion-mnist", true);
  const Variable data("HONE_DATA", "");
  const Variable home("HOME", folder.path.string());
  const fs::path package = "/usr/share/datasets/fashion-mnist";
  const bool installed = fs::exists(package / "t10k-labels-idx1-ubyte.gz");
  CHECK(find_fashion_mnist() ==
        (installed ? package : folder.path / ".cache" / "hone" / "fashion-mnist"));
}

TEST_CASE("where HONE_DATA is set, no other folder is looked at") {
  const TemporaryFolder folder;
  write_small(folder.path / ".cache" / "hone" / "fashion-mnist", true);
  const Variable home("HOME", folder.path.string());
  const Variable data("HONE_DATA", (folder.path / "nowhere").string());
  const std::string message = data_error([&] { find_fashion_mnist(); });
  CHECK_MESSAGE(contains(message, "HONE_DATA names:\n  " + (folder.path / "nowhere").string()),
                message);
  CHECK_FALSE(contains(message, "usr/share/datasets/fashion-mnist:"));
}

TEST_CASE("classes get their names from a file, and labels beyond it are refused") {
  const TemporaryFolder folder;
  write_small(folder.path, false);
  CHECK(load_fashion_mnist_files(folder.path).classes.empty());
  const fs::path file = folder.path / "classes.txt";
  std::string text;
  for (int i = 0; i < 12; ++i) text += fmt::format(" class {}\r\n", i);
  hone::write_file_atomic(file, text);
  const std::vector<std::string> names = load_fashion_mnist_files(folder.path).classes;
  REQUIRE(names.size() == 12);
  CHECK(names[11] == "class 11");
  hone::write_file_atomic(file, "only\nthree\nnames");
  CHECK(contains(data_error([&] { load_fashion_mnist_files(folder.path); }), "labels-idx1"));
  CHECK(load_fashion_mnist_files(folder.path, names).classes == names);
}

TEST_CASE("a file of class names that is none is refused by file and line") {
  const TemporaryFolder folder;
  const fs::path file = folder.path / "names";
  const auto message = [&](const std::string& text) {
    hone::write_file_atomic(file, text);
    return data_error([&] { read_class_names(file); });
  };
  CHECK(contains(message("a\n\nb\n"), "names: line 2: is empty"));
  CHECK(contains(message("a\nb\na\n"), "names: line 3: the name 'a' is there twice"));
  CHECK(contains(message("a\n\xff\n"), "names: line 2: is not UTF-8"));
  CHECK(contains(message("a\n"), "has 1 names"));
  CHECK(contains(message(""), "has 0 names"));
  std::string many;
  for (int i = 0; i < 257; ++i) many += fmt::format("{}\n", i);
  CHECK(contains(message(many), "too many"));
  CHECK(contains(data_error([&] { read_class_names(folder.path / "absent"); }), "absent"));
}

TEST_CASE("train and test images of different sizes are refused") {
  const TemporaryFolder folder;
  write_small(folder.path, false);
  hone::write_file_atomic(folder.path / "t10k-images-idx3-ubyte", idx({2, 14, 14}, ramp(2 * 196)));
  CHECK(contains(data_error([&] { load_fashion_mnist_files(folder.path); }),
                 "test images [14, 14, 1]"));
}

TEST_CASE("the installed Fashion-MNIST has the published counts, mean and deviation") {
  fs::path folder;
  try {
    folder = find_fashion_mnist();
  } catch (const hone::Error&) {
    MESSAGE("Fashion-MNIST is not installed: not checked");
    return;
  }
  const FashionMnistSets sets = load_fashion_mnist_files(folder);
  CHECK(sets.official);
  sets.train.validate();
  sets.test.validate();
  CHECK(sets.train.class_counts(10) == std::vector<std::int64_t>(10, 6000));
  CHECK(sets.test.class_counts(10) == std::vector<std::int64_t>(10, 1000));
  const PixelStatistics statistics = pixel_statistics(sets.train);
  CHECK(std::abs(statistics.mean - 0.2860406) < 1e-7);
  CHECK(std::abs(statistics.deviation - 0.3530242) < 1e-7);
  CHECK(sets.train.labels[5000] == 4);
  // The published class counts of the tutorial's validation images.
  CHECK(sets.train.select(split_first(60000, 5000).validation).class_counts(10) ==
        std::vector<std::int64_t>{457, 556, 504, 501, 488, 493, 493, 512, 490, 506});
}
