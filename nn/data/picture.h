// Pictures in colour or grey from PNG and JPEG files that nobody vouches for, and folders of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nn/data/image_set.h"

namespace hone::nn::data {

// Row by row, all channels of a pixel together. 0 is black.
struct Picture {
  std::int64_t height = 0, width = 0;
  std::int64_t channels = 0;         // 1: grey; 3: red, green, blue
  std::vector<std::uint8_t> pixels;  // [height, width, channels]
};

// Limits on what is read: they bound memory and time for a hostile file.
inline constexpr std::uint64_t kPictureFileLimit = 64u << 20;  // bytes
inline constexpr std::int64_t kPictureSideLimit = 16384;       // pixels
inline constexpr std::int64_t kPictureAreaLimit = 32 << 20;    // pixels

// Reads any kind of PNG or JPEG, told apart by how they begin, as 1 or 3 channels; channels = 0: as
// many as the file has colours, 1 or 3. Colours become grey by (77 R + 150 G + 29 B) / 256, grey
// becomes three equal colours, transparent parts are laid on white; CMYK is refused. Throws
// Error(data) that names the file for anything else than one complete, undamaged picture within the
// limits (of a JPEG: also for what libjpeg only warns of). Any thread.
Picture read_picture(const std::string& path, int channels = 0);
Picture decode_picture(std::span<const std::uint8_t> bytes, const std::string& name,
                       int channels = 0);

// Area average, channel by channel: each new pixel is the mean of the part of the old picture that
// it covers, computed in integers and rounded half up. Enlarging repeats pixels. Throws
// Error(usage) unless all sides are 1 .. kPictureSideLimit and the pixels fit them.
Picture resize(const Picture& picture, std::int64_t height, std::int64_t width);

struct ImageFolderOptions {
  // What every picture is resized to, whatever its proportions; not given: all must have one size.
  std::optional<std::int64_t> height = std::nullopt, width = std::nullopt;
  int channels = 3;                                   // 1: grey, 3: colour
  std::uint64_t byte_limit = std::uint64_t{8} << 30;  // of the pixels of the whole set
  std::vector<std::string> classes = {};              // empty: one for each folder, by name
  // What to do, in the error about pictures of different sizes or too many bytes.
  std::string size_advice = "say which size all are to have";
};

// A folder of folders: the name of each is a class, in the order of the names' bytes, and the files
// in it, those below it too, are its pictures, in the order of their paths. Names that begin with a
// dot are passed over; any other file must be a picture. With `classes` (those of a training set)
// every folder must be one of them. Throws Error(data) that names the folder or file.
ImageSet load_image_folder(const std::string& folder, const ImageFolderOptions& options = {});

}  // namespace hone::nn::data
