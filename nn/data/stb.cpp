// stb_image and stb_image_write, compiled into this file alone with internal symbols.
//
// PNG only and no file access: the other formats of stb_image carry its memory bugs. Memory is
// taken through a budget, because a PNG of 100 bytes can make stb_image ask for gigabytes.
#include "nn/data/stb.h"

#include <cstdlib>
#include <cstring>
#include <limits>

namespace {

// What the decoder holds on this thread, and what it may hold.
thread_local std::size_t budget_used = 0;
thread_local std::size_t budget_limit = std::numeric_limits<std::size_t>::max();

// Each block is preceded by its size; 16 bytes keep the alignment that malloc gives.
constexpr std::size_t kPrefix = 16;

void* budget_malloc(std::size_t size) {
  if (size > budget_limit || budget_used > budget_limit - size) return nullptr;
  void* block = std::malloc(size + kPrefix);
  if (block == nullptr) return nullptr;
  std::memcpy(block, &size, sizeof size);
  budget_used += size;
  return static_cast<char*>(block) + kPrefix;
}

void budget_free(void* user) {
  if (user == nullptr) return;
  void* block = static_cast<char*>(user) - kPrefix;
  std::size_t size = 0;
  std::memcpy(&size, block, sizeof size);
  budget_used -= size;
  std::free(block);
}

void* budget_realloc(void* user, std::size_t old_size, std::size_t new_size) {
  void* grown = budget_malloc(new_size);
  if (grown == nullptr) return nullptr;  // as realloc: the old block stays
  if (user != nullptr) std::memcpy(grown, user, old_size < new_size ? old_size : new_size);
  budget_free(user);
  return grown;
}

}  // namespace

#define STBI_MALLOC(size) budget_malloc(size)
#define STBI_FREE(block) budget_free(block)
#define STBI_REALLOC_SIZED(block, old_size, new_size) budget_realloc(block, old_size, new_size)
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_MAX_DIMENSIONS 4096
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#define STB_IMAGE_WRITE_IMPLEMENTATION
// Most functions of the headers are unused here, and their style is their own.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wsign-compare"
#include <stb/stb_image.h>
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

namespace hone::nn::data::stb {
namespace {

struct Budget {
  explicit Budget(std::size_t limit) {
    budget_used = 0;
    budget_limit = limit;
  }
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;
  ~Budget() { budget_limit = std::numeric_limits<std::size_t>::max(); }
};

std::string failure() {
  const char* reason = stbi_failure_reason();
  return reason != nullptr ? reason : "unknown reason";
}

void append(void* context, void* data, int size) {
  auto* out = static_cast<std::vector<std::uint8_t>*>(context);
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  out->insert(out->end(), bytes, bytes + size);
}

}  // namespace

bool read_header(std::span<const std::uint8_t> bytes, Header* header, std::string* reason) {
  int channels = 0;
  if (stbi_info_from_memory(bytes.data(), static_cast<int>(bytes.size()), &header->width,
                            &header->height, &channels) != 0)
    return true;
  *reason = failure();
  return false;
}

std::vector<std::uint8_t> decode_grey_alpha(std::span<const std::uint8_t> bytes, std::size_t budget,
                                            std::string* reason) {
  const Budget scope(budget);
  int width = 0, height = 0, channels = 0;
  stbi_uc* pixels = stbi_load_from_memory(bytes.data(), static_cast<int>(bytes.size()), &width,
                                          &height, &channels, 2);
  if (pixels == nullptr) {
    *reason = failure();
    return {};
  }
  const std::size_t size = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 2;
  std::vector<std::uint8_t> out(pixels, pixels + size);
  stbi_image_free(pixels);
  return out;
}

std::vector<std::uint8_t> encode_grey(const std::uint8_t* pixels, int height, int width) {
  std::vector<std::uint8_t> out;
  if (stbi_write_png_to_func(append, &out, width, height, 1, pixels, width) == 0) out.clear();
  return out;
}

}  // namespace hone::nn::data::stb
