// PNG files of every kind that must be read, and of the kinds that must not hurt.
#include "nn/data/png.h"

#include <filesystem>
#include <random>

#include "tests/nn/data/data_test.h"

using namespace data_test;
using namespace hone::nn::data;

namespace {

void append_chunk(Bytes& out, const std::string& type, const Bytes& data) {
  append_big_endian(out, static_cast<std::uint32_t>(data.size()));
  Bytes body(type.begin(), type.end());
  body.insert(body.end(), data.begin(), data.end());
  out.insert(out.end(), body.begin(), body.end());
  append_big_endian(
      out, static_cast<std::uint32_t>(crc32(0, body.data(), static_cast<uInt>(body.size()))));
}

struct PngKind {
  std::uint8_t depth = 8, colour = 0;  // colour: 0 grey, 2 RGB, 3 palette, 4 grey + alpha, 6 RGBA
  Bytes palette = {}, transparency = {};
};

// A PNG from `lines`: rows of packed samples, each preceded by its filter byte.
Bytes png(std::uint32_t width, std::uint32_t height, const PngKind& kind, const Bytes& lines) {
  Bytes out = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'}, header;
  append_big_endian(header, width);
  append_big_endian(header, height);
  header.insert(header.end(), {kind.depth, kind.colour, 0, 0, 0});
  append_chunk(out, "IHDR", header);
  if (!kind.palette.empty()) append_chunk(out, "PLTE", kind.palette);
  if (!kind.transparency.empty()) append_chunk(out, "tRNS", kind.transparency);
  append_chunk(out, "IDAT", deflate_bytes(lines, 15));
  append_chunk(out, "IEND", {});
  return out;
}

Bytes grey_of(const Bytes& file) { return decode_png(file, "p.png").pixels; }

Image filled(std::int64_t height, std::int64_t width, std::uint8_t value) {
  return {height, width, Bytes(static_cast<std::size_t>(height * width), value)};
}

void paint(Image& image, std::int64_t top, std::int64_t left, std::int64_t height,
           std::int64_t width, std::uint8_t value) {
  for (std::int64_t y = top; y < top + height; ++y)
    for (std::int64_t x = left; x < left + width; ++x)
      image.pixels[static_cast<std::size_t>(y * image.width + x)] = value;
}

}  // namespace

TEST_CASE("a grey PNG that was written is read back, byte by byte") {
  for (const auto& [height, width] : {std::pair{1, 1}, {28, 28}, {3, 200}, {57, 5}}) {
    const Bytes pixels = ramp(static_cast<std::size_t>(height * width));
    const Image image = decode_png(encode_png_grey(pixels, height, width), "p.png");
    CHECK(image.height == height);
    CHECK(image.width == width);
    CHECK(image.pixels == pixels);
  }
}

TEST_CASE("every kind of PNG becomes grey, transparent parts white") {
  CHECK(grey_of(png(2, 1, {8, 2}, {0, 255, 0, 0, 10, 10, 10})) == Bytes{76, 10});
  CHECK(grey_of(png(2, 1, {16, 0}, {0, 200, 1, 7, 255})) == Bytes{200, 7});
  CHECK(grey_of(png(8, 1, {1, 0}, {0, 0b10100000})) == Bytes{255, 0, 255, 0, 0, 0, 0, 0});
  CHECK(grey_of(png(3, 1, {8, 4}, {0, 100, 255, 100, 0, 0, 128})) == Bytes{100, 255, 127});
  CHECK(grey_of(png(2, 1, {8, 6}, {0, 9, 9, 9, 255, 9, 9, 9, 0})) == Bytes{9, 255});
  CHECK(grey_of(png(2, 1, {8, 3, {50, 50, 50, 60, 60, 60}}, {0, 1, 0})) == Bytes{60, 50});
  CHECK(grey_of(png(2, 1, {8, 3, {50, 50, 50, 60, 60, 60}, {255, 0}}, {0, 1, 0})) ==
        Bytes{255, 50});
  CHECK(grey_of(png(2, 1, {8, 0, {}, {0, 33}}, {0, 33, 34})) == Bytes{255, 34});
}

TEST_CASE("a PNG with any bit flipped or cut at any byte is refused by name") {
  const Bytes whole = encode_png_grey(ramp(35), 5, 7);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK(contains(data_error([&] { grey_of(cut); }), "p.png"));
  }
  for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
    Bytes damaged = whole;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1u << bit % 8));
    CHECK(contains(data_error([&] { grey_of(damaged); }), "p.png"));
  }
  Bytes longer = whole;
  longer.push_back(0);
  CHECK(contains(data_error([&] { grey_of(longer); }), "1 bytes follow"));
}

TEST_CASE("PNG files that lie about sizes are refused within the limits") {
  const Bytes line = {0, 1, 2};
  CHECK(contains(data_error([&] { grey_of(png(0, 1, {}, line)); }), "p.png"));
  CHECK(contains(data_error([&] { grey_of(png(1, 0, {}, line)); }), "p.png"));
  CHECK(contains(data_error([&] { grey_of(png(4097, 1, {}, line)); }), "p.png"));
  CHECK(contains(data_error([&] { grey_of(png(0x7fffffff, 0x7fffffff, {}, line)); }), "p.png"));
  CHECK(contains(data_error([&] { grey_of(png(4096, 4096, {}, line)); }), "the limits are"));
  CHECK(contains(data_error([&] { grey_of(png(2048, 2048, {}, line)); }),
                 "p.png"));  // no pixels behind
  // 16-bit RGBA at the largest area.
  const Bytes lines(2048u * (2048u * 8 + 1));
  CHECK(grey_of(png(2048, 2048, {16, 6}, lines)) == Bytes(2048u * 2048, 255));
}

TEST_CASE("a pixel whose colour the palette does not have is refused") {
  const PngKind two = {8, 3, {50, 50, 50, 60, 60, 60}};
  CHECK(grey_of(png(2, 2, two, {0, 1, 0, 0, 0, 1})) == Bytes{60, 50, 50, 60});
  CHECK(contains(data_error([&] {
                   grey_of(png(2, 2, two, {0, 1, 0, 0, 0, 2}));
                 }),
                 "p.png: pixel 1 of row 1 has colour 2, the palette ends at 1"));
  const PngKind packed = {2, 3, {50, 50, 50, 60, 60, 60, 70, 70, 70}};
  CHECK(grey_of(png(4, 1, packed, {0, 0b00011000})) == Bytes{50, 60, 70, 50});
  CHECK(contains(data_error([&] { grey_of(png(4, 1, packed, {0, 0b00011011})); }), "colour 3"));
  CHECK(contains(data_error([&] { grey_of(png(1, 1, {8, 3}, {0, 0})); }), "p.png"));
}

TEST_CASE("a PNG whose picture data unpack to more than its pixels is refused") {
  CHECK(contains(data_error([&] { grey_of(png(4, 4, {}, Bytes(1u << 20))); }),
                 "cannot be read as PNG"));
  const Bytes bomb = png(4, 4, {}, Bytes(100u << 20));
  CHECK(bomb.size() < 200000);
  CHECK(contains(data_error([&] { grey_of(bomb); }), "cannot be read as PNG"));
}

TEST_CASE("random damage behind right checksums never harms") {
  std::mt19937 random(3);
  const Bytes picture = deflate_bytes(Bytes(8 * 9, 3), 15);
  for (int round = 0; round < 3000; ++round) {
    Bytes out = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    Bytes header = {0, 0, 0, 8, 0, 0, 0, 8, 8, static_cast<std::uint8_t>(random() % 7), 0, 0, 0};
    if (round % 3 == 0) header[random() % header.size()] = static_cast<std::uint8_t>(random());
    append_chunk(out, "IHDR", header);
    if (round % 2 == 0) append_chunk(out, "PLTE", ramp(random() % 800));
    if (round % 5 == 0) append_chunk(out, "tRNS", ramp(random() % 300));
    Bytes data = picture;
    data[random() % data.size()] = static_cast<std::uint8_t>(random());
    append_chunk(out, "IDAT", data);
    append_chunk(out, "IEND", {});
    try {
      const Image image = decode_png(out, "p.png");
      CHECK(image.pixels.size() == static_cast<std::size_t>(image.height * image.width));
    } catch (const hone::Error& error) {
      CHECK(error.kind() == hone::ErrorKind::data);
    }
  }
}

TEST_CASE("files that are no PNG, are missing or too large are refused by name") {
  const TemporaryFolder folder;
  hone::write_file_atomic(folder.path / "a.png", encode_png_grey(ramp(6), 2, 3));
  CHECK(read_png(folder.path / "a.png").pixels == ramp(6));
  hone::write_file_atomic(folder.path / "b.png", "GIF89a and more");
  CHECK(contains(data_error([&] { read_png(folder.path / "b.png"); }), "b.png: is not a PNG"));
  CHECK(contains(data_error([&] { read_png(folder.path / "c.png"); }), "c.png: cannot be opened"));
  hone::write_file_atomic(folder.path / "d.png", "");
  std::filesystem::resize_file(folder.path / "d.png", kPngFileLimit + 1);
  CHECK(contains(data_error([&] { read_png(folder.path / "d.png"); }), "the limit here is"));
}

TEST_CASE("resizing is the average over the covered area") {
  const Image image{2, 4, {0, 10, 20, 30, 40, 50, 60, 70}};
  CHECK(resize_grey(image, 2, 4).pixels == image.pixels);
  CHECK(resize_grey(image, 1, 2).pixels == Bytes{25, 45});
  CHECK(resize_grey(image, 1, 1).pixels == Bytes{35});
  CHECK(resize_grey(image, 2, 8).pixels ==
        Bytes{0, 0, 10, 10, 20, 20, 30, 30, 40, 40, 50, 50, 60, 60, 70, 70});
  // Three from two: the middle covers half of each.
  CHECK(resize_grey({1, 2, {0, 255}}, 1, 3).pixels == Bytes{0, 128, 255});
  CHECK(resize_grey({1, 3, {0, 90, 255}}, 1, 2).pixels == Bytes{30, 200});
  CHECK_THROWS_AS(resize_grey(image, 0, 1), hone::Error);
  CHECK_THROWS_AS(resize_grey(image, 1, kPngSideLimit + 1), hone::Error);
  CHECK_THROWS_AS(resize_grey({2, 2, {1}}, 1, 1), hone::Error);
  CHECK_THROWS_AS(resize_grey({0, 0, {}}, 1, 1), hone::Error);
}

TEST_CASE("a picture with a light background is inverted, trimmed and centred") {
  Image photo = filled(200, 300, 250);
  paint(photo, 40, 100, 120, 60, 30);  // a dark trouser-like block, twice as high as wide
  const Image small = to_fashion_mnist(photo);
  REQUIRE(small.height == 28);
  REQUIRE(small.width == 28);
  for (std::int64_t y = 0; y < 28; ++y)
    for (std::int64_t x = 0; x < 28; ++x) {
      const bool inside = x >= 7 && x < 21;
      CHECK(int{small.pixels[static_cast<std::size_t>(28 * y + x)]} == (inside ? 224 : 0));
    }
}

TEST_CASE("a picture with a dark background keeps its brightness") {
  Image photo = filled(56, 112, 0);
  paint(photo, 14, 0, 28, 112, 200);
  const Image small = to_fashion_mnist(photo);
  CHECK(int{small.pixels[14 * 28 + 14]} > 150);
  CHECK(small.pixels[0] == 0);
  CHECK(to_fashion_mnist(filled(10, 300, 0)).pixels == Bytes(784));
  CHECK(to_fashion_mnist(filled(300, 10, 255)).pixels == Bytes(784));
}

TEST_CASE("a 28x28 picture in the format of the data set is left alone, its negative turned") {
  Image image = filled(28, 28, 0);
  paint(image, 0, 6, 28, 16, 180);
  Image negative = image;
  for (std::uint8_t& pixel : negative.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
  CHECK(to_fashion_mnist(image).pixels == image.pixels);
  CHECK(to_fashion_mnist(negative).pixels == image.pixels);
}

TEST_CASE("a PNG of impossible size is refused before it is packed") {
  CHECK_THROWS_AS(encode_png_grey(ramp(5), 2, 3), hone::Error);
  CHECK_THROWS_AS(encode_png_grey({}, 0, 0), hone::Error);
  CHECK_THROWS_AS(encode_png_grey(ramp(5), -1, -5), hone::Error);
  CHECK_THROWS_AS(encode_png_grey(ramp(5), 1, 20000), hone::Error);
}
