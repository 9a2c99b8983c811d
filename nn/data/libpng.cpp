// libpng reports errors by a long jump, which must not pass a C++ object with a destructor: all of
// them live in Decoder, and guarded() is the one frame that a jump returns to.
#include "nn/data/libpng.h"

#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>

namespace hone::nn::data::libpng {
namespace {

struct Decoder {
  explicit Decoder(std::span<const std::uint8_t> file) : bytes(file) {}
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }

  std::span<const std::uint8_t> bytes;
  std::size_t at = 0;
  png_structp png = nullptr;
  png_infop info = nullptr;
  char reason[160] = "out of memory";
  Picture picture;
  std::vector<png_bytep> rows;
};

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
  auto* decoder = static_cast<Decoder*>(png_get_error_ptr(png));
  const std::size_t size = std::min(std::strlen(message), sizeof decoder->reason - 1);
  std::memcpy(decoder->reason, message, size);
  decoder->reason[size] = '\0';
  png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}

void on_read(png_structp png, png_bytep out, std::size_t size) {
  auto* decoder = static_cast<Decoder*>(png_get_io_ptr(png));
  if (size > decoder->bytes.size() - decoder->at) png_error(png, "the file ends too early");
  std::memcpy(out, decoder->bytes.data() + decoder->at, size);
  decoder->at += size;
}

// Runs `part` up to its end (true) or to the first error of libpng (false).
bool guarded(Decoder& decoder, void (*part)(Decoder&)) {
  if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
  part(decoder);
  return true;
}

void read_header(Decoder& d) {
  png_set_read_fn(d.png, &d, on_read);
  png_set_benign_errors(d.png, 0);
  png_set_crc_action(d.png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  // Every chunk that pixels can do without is skipped, known or not.
  png_set_keep_unknown_chunks(d.png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  png_set_user_limits(d.png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // the caller's `fits` decides
  png_read_info(d.png, d.info);
  d.picture.height = png_get_image_height(d.png, d.info);
  d.picture.width = png_get_image_width(d.png, d.info);
}

void read_palette(Decoder& d) {
  png_colorp colours = nullptr;
  png_bytep alphas = nullptr;
  int count = 0, alpha_count = 0;
  if (png_get_PLTE(d.png, d.info, &colours, &count) == 0) png_error(d.png, "there is no palette");
  png_get_tRNS(d.png, d.info, &alphas, &alpha_count, nullptr);
  for (int i = 0; i < count; ++i)
    d.picture.palette.push_back({colours[i].red, colours[i].green, colours[i].blue,
                                 i < alpha_count ? alphas[i] : std::uint8_t{255}});
}

void read_pixels(Decoder& d) {
  if (png_get_color_type(d.png, d.info) == PNG_COLOR_TYPE_PALETTE) {
    read_palette(d);
    png_set_packing(d.png);
#ifdef PNG_READ_CHECK_FOR_INVALID_INDEX_SUPPORTED
    png_set_check_for_invalid_index(d.png, 0);  // looked at afterwards, where the pixel is known
#endif
  } else {
    png_set_expand(d.png);
    png_set_strip_16(d.png);
  }
  png_set_interlace_handling(d.png);
  png_read_update_info(d.png, d.info);
  d.picture.channels = png_get_channels(d.png, d.info);
  const auto row = static_cast<std::size_t>(d.picture.width * d.picture.channels);
  if (png_get_rowbytes(d.png, d.info) != row) png_error(d.png, "rows have an unexpected size");
  d.picture.pixels.assign(row * static_cast<std::size_t>(d.picture.height), 0);
  for (std::int64_t y = 0; y < d.picture.height; ++y)
    d.rows.push_back(d.picture.pixels.data() + row * static_cast<std::size_t>(y));
  png_read_image(d.png, d.rows.data());
  png_read_end(d.png, nullptr);
}

}  // namespace

bool decode(std::span<const std::uint8_t> bytes,
            const std::function<void(std::int64_t height, std::int64_t width)>& fits,
            Picture* picture, std::string* reason) {
  Decoder decoder(bytes);
  decoder.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &decoder, on_error, on_warning);
  if (decoder.png != nullptr) decoder.info = png_create_info_struct(decoder.png);
  bool done = decoder.info != nullptr && guarded(decoder, read_header);
  if (done) {
    fits(decoder.picture.height, decoder.picture.width);
    done = guarded(decoder, read_pixels);
  }
  if (done)
    *picture = std::move(decoder.picture);
  else
    *reason = decoder.reason;
  return done;
}

}  // namespace hone::nn::data::libpng
