// Telling PNG and JPEG apart, channels, sizes, and folders of pictures.
#include "nn/data/picture.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "base/utf8.h"
#include "nn/data/libjpeg.h"
#include "nn/data/png_pixels.h"

namespace hone::nn::data {
namespace {

namespace fs = std::filesystem;

bool is_jpeg(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 3 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff;
}

// Without alpha, 1 or 3 channels as the file has them.
Picture opaque(const PngPixels& png) {
  Picture picture{png.height, png.width, png.channels <= 2 ? 1 : 3, {}};
  if (png.channels == picture.channels) {
    picture.pixels = png.pixels;
    return picture;
  }
  const int colours = png.channels - 1;
  for (std::size_t i = 0; i < png.pixels.size(); i += static_cast<std::size_t>(png.channels))
    for (int c = 0; c < colours; ++c)
      picture.pixels.push_back(on_white(png.pixels[i + static_cast<std::size_t>(c)],
                                        png.pixels[i + static_cast<std::size_t>(colours)]));
  return picture;
}

Picture with_channels(Picture picture, int channels) {
  if (channels == 0 || picture.channels == channels) return picture;
  Picture out{picture.height, picture.width, channels, {}};
  if (channels == 1) {
    for (std::size_t i = 0; i < picture.pixels.size(); i += 3)
      out.pixels.push_back(static_cast<std::uint8_t>(grey_of(&picture.pixels[i])));
  } else {
    for (const std::uint8_t grey : picture.pixels) out.pixels.insert(out.pixels.end(), 3, grey);
  }
  return out;
}

Picture decode_jpeg(std::span<const std::uint8_t> bytes, const std::string& name) {
  Picture picture;
  std::string reason;
  const auto fits = [&](std::int64_t height, std::int64_t width) {
    if (height > kPictureSideLimit || width > kPictureSideLimit ||
        height * width > kPictureAreaLimit)
      fail(ErrorKind::data,
           "{}: is {} x {} pixels; the limits are {} a side and {} in all: make it smaller", name,
           width, height, kPictureSideLimit, kPictureAreaLimit);
  };
  if (!libjpeg::decode(bytes, fits, &picture, &reason))
    fail(ErrorKind::data, "{}: cannot be read as JPEG ({})", name, printable(reason));
  return picture;
}

// What is in a folder, by name; those that begin with a dot are passed over.
std::vector<fs::path> listed(const fs::path& folder) {
  std::vector<fs::path> paths;
  try {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder))
      if (!entry.path().filename().string().starts_with('.')) paths.push_back(entry.path());
  } catch (const fs::filesystem_error& error) {
    fail(ErrorKind::data, "{}: cannot be listed: {}", printable(folder.string()),
         error.code().message());
  }
  std::sort(paths.begin(), paths.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  return paths;
}

void collect_files(const fs::path& folder, std::vector<fs::path>& files, int depth) {
  constexpr int kDeepest = 16;
  if (depth > kDeepest)
    fail(ErrorKind::data, "{}: is more than {} folders deep", printable(folder.string()), kDeepest);
  for (const fs::path& path : listed(folder)) {
    if (fs::is_directory(path))
      collect_files(path, files, depth + 1);
    else
      files.push_back(path);
  }
}

// The class folders, and the label of each.
std::vector<std::pair<fs::path, std::int32_t>> class_folders(const fs::path& folder,
                                                             std::vector<std::string>& classes) {
  std::vector<fs::path> folders;
  for (const fs::path& path : listed(folder)) {
    if (!fs::is_directory(path))
      fail(ErrorKind::data,
           "{}: is not a folder; a data set of pictures is a folder with one folder for each class",
           printable(path.string()));
    folders.push_back(path);
  }
  const bool given = !classes.empty();
  std::vector<std::pair<fs::path, std::int32_t>> labelled;
  for (const fs::path& path : folders) {
    const std::string name = path.filename().string();
    if (!is_utf8(name))
      fail(ErrorKind::data, "{}: the name is not UTF-8", printable(path.string()));
    if (!given) classes.push_back(name);
    const auto place = std::find(classes.begin(), classes.end(), name);
    if (place == classes.end())
      fail(ErrorKind::data, "{}: is none of the {} classes", printable(path.string()),
           classes.size());
    labelled.emplace_back(path, static_cast<std::int32_t>(place - classes.begin()));
  }
  if (labelled.empty() || classes.size() < 2)
    fail(ErrorKind::data, "{}: has {} folders; a data set has one for each of two or more classes",
         printable(folder.string()), labelled.size());
  return labelled;
}

// Adds one picture, in the size of the set.
void add(ImageSet& set, Picture picture, const fs::path& path, const ImageFolderOptions& options) {
  if (options.height || options.width)
    picture = resize(picture, options.height.value_or(picture.height),
                     options.width.value_or(picture.width));
  if (set.count == 0) {
    set.height = picture.height;
    set.width = picture.width;
  }
  if (picture.height != set.height || picture.width != set.width)
    fail(ErrorKind::data, "{}: is {} x {} pixels, those before it {} x {}; {}",
         printable(path.string()), picture.width, picture.height, set.width, set.height,
         options.size_advice);
  if (set.pixels.size() + picture.pixels.size() > options.byte_limit)
    fail(ErrorKind::data, "{}: with it the set has more than {} bytes; {}",
         printable(path.string()), options.byte_limit, options.size_advice);
  set.pixels.insert(set.pixels.end(), picture.pixels.begin(), picture.pixels.end());
  ++set.count;
}

}  // namespace

Picture decode_picture(std::span<const std::uint8_t> bytes, const std::string& name, int channels) {
  check(channels == 0 || channels == 1 || channels == 3,
        "picture: channels is {}, it must be 0, 1 or 3", channels);
  if (bytes.size() > kPictureFileLimit)
    fail(ErrorKind::data, "{}: has {} bytes, the limit for a picture is {}", name, bytes.size(),
         kPictureFileLimit);
  if (is_jpeg(bytes)) return with_channels(decode_jpeg(bytes, name), channels);
  if (!is_png(bytes)) fail(ErrorKind::data, "{}: is neither a PNG nor a JPEG file", name);
  const PngLimits limits{kPictureFileLimit, kPictureSideLimit, kPictureAreaLimit};
  return with_channels(opaque(decode_png_pixels(bytes, name, limits)), channels);
}

Picture read_picture(const std::string& path, int channels) {
  return decode_picture(read_file(path, kPictureFileLimit), printable(path), channels);
}

Picture resize(const Picture& picture, std::int64_t height, std::int64_t width) {
  const auto fits = [](std::int64_t side) { return side >= 1 && side <= kPictureSideLimit; };
  check(fits(picture.height) && fits(picture.width) && picture.channels >= 1 &&
            picture.channels <= static_cast<std::int64_t>(picture.pixels.size()) &&
            static_cast<std::int64_t>(picture.pixels.size()) ==
                picture.height * picture.width * picture.channels,
        "resize: a picture of {} x {} x {} with {} bytes is none", picture.height, picture.width,
        picture.channels, picture.pixels.size());
  check(fits(height) && fits(width), "resize: sides must be 1 to {}, they are {} x {}",
        kPictureSideLimit, height, width);
  if (height == picture.height && width == picture.width) return picture;
  // On a grid where an old pixel is height x width small squares and a new one picture.height x
  // picture.width, every overlap is a whole number.
  const std::int64_t old_h = picture.height, old_w = picture.width, area = old_h * old_w;
  Picture out{height, width, picture.channels, {}};
  out.pixels.reserve(static_cast<std::size_t>(height * width * picture.channels));
  const auto at = [&](std::int64_t y, std::int64_t x, std::int64_t c) {
    return std::int64_t{
        picture.pixels[static_cast<std::size_t>((y * old_w + x) * picture.channels + c)]};
  };
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t x = 0; x < width; ++x)
      for (std::int64_t c = 0; c < picture.channels; ++c) {
        const std::int64_t top = y * old_h, bottom = top + old_h, left = x * old_w,
                           right = left + old_w;
        std::int64_t sum = 0;
        for (std::int64_t i = top / height; i * height < bottom; ++i) {
          const std::int64_t rows = std::min(bottom, (i + 1) * height) - std::max(top, i * height);
          std::int64_t line = 0;
          for (std::int64_t j = left / width; j * width < right; ++j)
            line += at(i, j, c) * (std::min(right, (j + 1) * width) - std::max(left, j * width));
          sum += rows * line;
        }
        out.pixels.push_back(static_cast<std::uint8_t>((2 * sum + area) / (2 * area)));
      }
  return out;
}

ImageSet load_image_folder(const std::string& folder, const ImageFolderOptions& options) {
  check(options.channels == 1 || options.channels == 3,
        "load_image_folder: channels is {}, it must be 1 or 3", options.channels);
  ImageSet set;
  set.channels = options.channels;
  set.class_names = options.classes;
  for (const auto& [path, label] : class_folders(folder, set.class_names)) {
    std::vector<fs::path> files;
    collect_files(path, files, 1);
    for (const fs::path& file : files) {
      add(set, read_picture(file, options.channels), file, options);
      set.labels.push_back(label);
    }
  }
  if (set.count == 0) fail(ErrorKind::data, "{}: its folders hold no picture", printable(folder));
  return set;
}

}  // namespace hone::nn::data
