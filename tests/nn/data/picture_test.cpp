// Pictures in colour, folders of them, CIFAR, and drawn shapes.
#include "nn/data/picture.h"

#include <filesystem>
#include <fstream>
#include <numeric>

#include "nn/data/cifar.h"
#include "nn/data/png.h"
#include "nn/data/synthetic.h"
#include "tests/nn/data/data_test.h"
#include "tests/test_paths.h"

using namespace data_test;
using namespace hone;
using namespace hone::nn::data;

namespace {

std::filesystem::path seed(const std::string& name) {
  return std::filesystem::path(test::source_dir()) / "fuzz/seeds" / "picture" / name;
}

int sum_of(const Picture& picture) {
  return std::accumulate(picture.pixels.begin(), picture.pixels.end(), 0);
}

void write(const std::filesystem::path& path, const Bytes& bytes) {
  std::filesystem::create_directories(path.parent_path());
  write_file_atomic(path, bytes);
}

}  // namespace

TEST_CASE("PNG and JPEG in grey and colour are read with the channels that are asked for") {
  // 9 x 7 pixels of R = 20 y + 10 x, G = R + 20, B = R + 60.
  const Picture png = read_picture(seed("rgb.png"));
  CHECK(png.height == 9);
  CHECK(png.width == 7);
  REQUIRE(png.channels == 3);
  for (std::int64_t y = 0; y < 9; ++y)
    for (std::int64_t x = 0; x < 7; ++x)
      for (std::int64_t c = 0; c < 3; ++c) {
        const std::int64_t value = 20 * y + 10 * x + (c == 1 ? 20 : c == 2 ? 60 : 0);
        CHECK(png.pixels[static_cast<std::size_t>((y * 7 + x) * 3 + c)] ==
              std::min<std::int64_t>(value, 255));
      }
  const Picture grey = read_picture(seed("rgb.png"), 1);
  CHECK(grey.channels == 1);
  CHECK(grey.pixels[0] == (77 * 0 + 150 * 20 + 29 * 60) / 256);
  // Half transparent on white.
  CHECK(read_picture(seed("rgba.png")).pixels[0] == (255 * 127 + 127) / 255);

  // JPEG loses something, but little of a smooth picture.
  for (const char* name : {"rgb.jpg", "progressive.jpg", "full.jpg"}) {
    CAPTURE(name);
    const Picture jpeg = read_picture(seed(name));
    CHECK(jpeg.channels == 3);
    REQUIRE(jpeg.pixels.size() == png.pixels.size());
    CHECK(std::abs(sum_of(jpeg) - sum_of(png)) < 5 * 189);
  }
  const Picture grey_jpeg = read_picture(seed("grey.jpg"));
  CHECK(grey_jpeg.channels == 1);
  const Picture three = read_picture(seed("grey.jpg"), 3);
  CHECK(three.channels == 3);
  CHECK(sum_of(three) == 3 * sum_of(grey_jpeg));
}

TEST_CASE("damaged and foreign pictures are refused by name") {
  const auto refusal = [](const char* name) {
    return data_error([&] { read_picture(seed(name)); });
  };
  CHECK(contains(refusal("cut.jpg"), "cut.jpg: cannot be read as JPEG"));
  CHECK(contains(refusal("cmyk.jpg"), "4 colours (CMYK?)"));
  CHECK(contains(data_error([] {
                   decode_picture(Bytes{1, 2, 3}, "p");
                 }),
                 "p: is neither a PNG nor"));
  const Bytes whole = read_file(seed("rgb.jpg"), 1 << 20);
  for (std::size_t size = 0; size + 2 < whole.size(); size += 5)
    CHECK(contains(data_error([&] { decode_picture(std::span(whole).first(size), "p.jpg"); }),
                   "p.jpg: "));
}

TEST_CASE("resizing in colour is that of each channel alone") {
  const Picture png = read_picture(seed("rgb.png"));
  const Picture small = resize(png, 4, 5);
  for (std::int64_t c = 0; c < 3; ++c) {
    Image one{png.height, png.width, {}};
    for (std::size_t i = static_cast<std::size_t>(c); i < png.pixels.size(); i += 3)
      one.pixels.push_back(png.pixels[i]);
    const Image expected = resize_grey(one, 4, 5);
    for (std::size_t i = 0; i < 20; ++i)
      CHECK(small.pixels[3 * i + static_cast<std::size_t>(c)] == expected.pixels[i]);
  }
}

TEST_CASE("a folder of folders is a data set whose classes have the folders' names") {
  const TemporaryFolder folder;
  const Bytes rgb = read_file(seed("rgb.png"), 1 << 20), jpeg = read_file(seed("rgb.jpg"), 1 << 20);
  write(folder.path / "dog" / "b.jpg", jpeg);
  write(folder.path / "dog" / "a.png", rgb);
  write(folder.path / "cat" / "deep" / "c.png", rgb);
  write(folder.path / "cat" / ".hidden", {1, 2});
  const ImageSet set = load_image_folder(folder.path);
  CHECK(set.count == 3);
  CHECK(set.class_names == std::vector<std::string>{"cat", "dog"});
  CHECK(set.labels == std::vector<std::int32_t>{0, 1, 1});
  CHECK(set.height == 9);
  CHECK(set.channels == 3);
  set.validate();
  const ImageSet grey = load_image_folder(folder.path, {.height = 4, .width = 6, .channels = 1});
  CHECK(grey.image_bytes() == 24);
  // A test set is held to the classes of the training set.
  CHECK(load_image_folder(folder.path, {.classes = {"bird", "cat", "dog"}}).labels ==
        std::vector<std::int32_t>{1, 2, 2});
  const auto refusal = [&](const ImageFolderOptions& options = {}) {
    return data_error([&] { load_image_folder(folder.path, options); });
  };
  CHECK(contains(refusal({.classes = {"cat", "bird"}}), "dog: is none of the 2 classes"));
  CHECK(contains(refusal({.byte_limit = 400}), "has more than 400 bytes"));
  write(folder.path / "cat" / "deep" / "d.png", encode_png_grey(Bytes(4), 2, 2));
  CHECK(contains(refusal(), "d.png: is 2 x 2 pixels, those before it 7 x 9; say which size"));
  write(folder.path / "cat" / "notes.txt", {'a'});
  CHECK(contains(refusal({.height = 4, .width = 4}), "notes.txt: is neither a PNG nor a JPEG"));
  write(folder.path / "x.png", rgb);
  CHECK(contains(refusal(), "x.png: is not a folder"));
  CHECK(contains(data_error([&] { load_image_folder(folder.path / "none"); }), "cannot be listed"));
}

TEST_CASE("CIFAR's planes become pixels, with labels and names") {
  const TemporaryFolder folder;
  const auto record = [](Bytes labels, std::uint8_t first) {
    for (int c = 0; c < 3; ++c)
      for (int p = 0; p < 1024; ++p)
        labels.push_back(static_cast<std::uint8_t>(first + c * 50 + p % 40));
    return labels;
  };
  const ImageSet one = decode_cifar(record({7}, 3), "f", CifarLabels::ten);
  CHECK(one.labels == std::vector<std::int32_t>{7});
  CHECK(one.pixels[0] == 3);
  CHECK(one.pixels[1] == 53);
  CHECK(one.pixels[2] == 103);
  CHECK(one.pixels[3] == 4);
  CHECK(decode_cifar(record({7, 99}, 3), "f", CifarLabels::fine).labels[0] == 99);
  CHECK(decode_cifar(record({7, 99}, 3), "f", CifarLabels::coarse).labels[0] == 7);
  const auto refusal = [](const Bytes& bytes, CifarLabels labels) {
    return data_error([&] { decode_cifar(bytes, "f.bin", labels); });
  };
  CHECK(contains(refusal({}, CifarLabels::ten), "f.bin: has 0 bytes"));
  CHECK(contains(refusal(record({7}, 1), CifarLabels::fine), "whole records of 3074"));
  CHECK(contains(refusal(record({10}, 1), CifarLabels::ten), "record 0 has label 10"));
  CHECK(contains(refusal(record({20, 1}, 1), CifarLabels::coarse), "record 0 has label 20"));

  std::string names;
  for (int i = 0; i < 10; ++i) names += fmt::format("class {}\n", i);
  for (int i = 1; i <= 5; ++i)
    write(folder.path / fmt::format("data_batch_{}.bin", i),
          record({static_cast<std::uint8_t>(i)}, 1));
  write(folder.path / "test_batch.bin", record({9}, 1));
  const std::string list = names + "\n";  // as the official file ends
  write(folder.path / "batches.meta.txt", Bytes(list.begin(), list.end()));
  const CifarSets sets = load_cifar10(folder.path);
  CHECK(sets.train.labels == std::vector<std::int32_t>{1, 2, 3, 4, 5});
  CHECK(sets.test.class_names[9] == "class 9");
  write(folder.path / "batches.meta.txt", {'a', '\n', 'b', '\n'});
  CHECK(contains(data_error([&] { load_cifar10(folder.path); }), "has 2 names, there are 10"));
}

TEST_CASE("drawn shapes are the same for a seed, in grey and colour, and differ by class") {
  const ImageSet set = synthetic_shapes({.count = 40, .seed = 3});
  set.validate();
  CHECK(set.class_names.size() == 10);
  CHECK(set.class_counts(10) == std::vector<std::int64_t>(10, 4));
  CHECK(synthetic_shapes({.count = 40, .seed = 3}).pixels == set.pixels);
  CHECK(synthetic_shapes({.count = 40, .seed = 4}).pixels != set.pixels);
  // A sample does not depend on how many there are.
  const ImageSet few = synthetic_shapes({.count = 7, .seed = 3});
  CHECK(std::equal(few.pixels.begin(), few.pixels.end(), set.pixels.begin()));
  CHECK(synthetic_shapes({.count = 3, .side = 32, .channels = 3}).pixels.size() == 3 * 32 * 32 * 3);
  CHECK_THROWS_AS(synthetic_shapes({.side = 4}), Error);
}
