// libjpeg reports errors by a call that must not return: it jumps to guarded(), past no C++ object
// with a destructor, since all of them live in Decoder.
#include "nn/data/libjpeg.h"

#include <fmt/format.h>

#include <csetjmp>
#include <cstddef>
#include <cstdio>
// After <cstdio>, which it needs.
#include <jpeglib.h>

namespace hone::nn::data::libjpeg {
namespace {

struct Decoder {
  explicit Decoder(std::span<const std::uint8_t> file) : bytes(file) {}
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() {
    if (made) jpeg_destroy_decompress(&jpeg);
  }

  std::span<const std::uint8_t> bytes;
  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
  std::jmp_buf back;
  bool made = false;
  char reason[JMSG_LENGTH_MAX] = "out of memory";
  Picture picture;
};

Decoder& decoder_of(j_common_ptr jpeg) { return *static_cast<Decoder*>(jpeg->client_data); }

[[noreturn]] void on_error(j_common_ptr jpeg) {
  Decoder& decoder = decoder_of(jpeg);
  jpeg->err->format_message(jpeg, decoder.reason);
  std::longjmp(decoder.back, 1);
}

// For a reason that was written up to `end`.
[[noreturn]] void give_up(Decoder& decoder, char* end) {
  *end = '\0';
  std::longjmp(decoder.back, 1);
}

// A warning (level -1) means damage that libjpeg would paint over.
void on_message(j_common_ptr jpeg, int level) {
  if (level < 0) on_error(jpeg);
}

void on_output(j_common_ptr) {}

// Progressive files may ask for a pass over all pixels as often as they like.
constexpr int kMostScans = 100;

void on_progress(j_common_ptr jpeg) {
  Decoder& decoder = decoder_of(jpeg);
  if (decoder.jpeg.input_scan_number <= kMostScans) return;
  give_up(decoder, fmt::format_to_n(decoder.reason, sizeof decoder.reason - 1, "more than {} scans",
                                    kMostScans)
                       .out);
}

// Runs `part` up to its end (true) or to the first error (false).
bool guarded(Decoder& decoder, void (*part)(Decoder&)) {
  if (setjmp(decoder.back) != 0) return false;
  part(decoder);
  return true;
}

void read_header(Decoder& d) {
  jpeg_create_decompress(&d.jpeg);
  d.made = true;
  d.jpeg.client_data = &d;
  jpeg_mem_src(&d.jpeg, d.bytes.data(), static_cast<unsigned long>(d.bytes.size()));
  jpeg_read_header(&d.jpeg, TRUE);
  d.picture.height = d.jpeg.image_height;
  d.picture.width = d.jpeg.image_width;
  if (d.jpeg.num_components != 1 && d.jpeg.num_components != 3) {
    give_up(d,
            fmt::format_to_n(d.reason, sizeof d.reason - 1,
                             "it has {} colours (CMYK?), 1 or 3 can be read", d.jpeg.num_components)
                .out);
  }
}

void read_pixels(Decoder& d) {
  d.picture.channels = d.jpeg.num_components;
  d.jpeg.out_color_space = d.picture.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  d.jpeg.dct_method = JDCT_ISLOW;
  jpeg_start_decompress(&d.jpeg);
  const auto row = static_cast<std::size_t>(d.picture.width * d.picture.channels);
  d.picture.pixels.assign(row * static_cast<std::size_t>(d.picture.height), 0);
  while (d.jpeg.output_scanline < d.jpeg.output_height) {
    JSAMPROW line = d.picture.pixels.data() + row * d.jpeg.output_scanline;
    jpeg_read_scanlines(&d.jpeg, &line, 1);
  }
  jpeg_finish_decompress(&d.jpeg);
}

}  // namespace

bool decode(std::span<const std::uint8_t> bytes,
            const std::function<void(std::int64_t height, std::int64_t width)>& fits,
            Picture* picture, std::string* reason) {
  Decoder decoder(bytes);
  jpeg_progress_mgr progress{};
  progress.progress_monitor = on_progress;
  decoder.jpeg.err = jpeg_std_error(&decoder.errors);
  decoder.errors.error_exit = on_error;
  decoder.errors.emit_message = on_message;
  decoder.errors.output_message = on_output;
  decoder.jpeg.client_data = &decoder;
  bool done = guarded(decoder, read_header);
  if (done) {
    fits(decoder.picture.height, decoder.picture.width);
    decoder.jpeg.progress = &progress;
    done = guarded(decoder, read_pixels);
  }
  if (done)
    *picture = std::move(decoder.picture);
  else
    *reason = decoder.reason;
  return done;
}

}  // namespace hone::nn::data::libjpeg
