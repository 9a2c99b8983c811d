// Pictures in colour: JPEG, and PNG where the input is one.
#include "nn/data/picture.h"

#include "fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hone::nn::data;
  fuzz::refusing({hone::ErrorKind::data}, "input.jpg", [&] {
    const Picture picture = decode_picture({data, size}, "input.jpg");
    fuzz::require(picture.height >= 1 && picture.width >= 1 &&
                      picture.height * picture.width <= kPictureAreaLimit,
                  "sides within the limits");
    fuzz::require(picture.channels == 1 || picture.channels == 3, "grey or colour");
    fuzz::require(static_cast<std::int64_t>(picture.pixels.size()) ==
                      picture.height * picture.width * picture.channels,
                  "a picture has the pixels of its sides");
    // The same bytes twice: no pixel depends on what lay in memory before.
    fuzz::require(decode_picture({data, size}, "input.jpg").pixels == picture.pixels,
                  "decoding is a function");
    fuzz::require(decode_picture({data, size}, "input.jpg", 1).channels == 1, "made grey");
    fuzz::require(
        resize(picture, 3, 5).pixels.size() == static_cast<std::size_t>(15 * picture.channels),
        "3 x 5");
  });
  return 0;
}
