// Arrays from NumPy's files: .npy, and .npz, a zip of them.
//
// Format: "\x93NUMPY", two bytes of version (1, 2 or 3), the length of a header, the header as a
// Python dictionary with descr, fortran_order and shape, the values (NumPy's documentation of
// numpy.lib.format). Nothing is ever unpickled: arrays of objects are refused.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace hone::nn::data {

inline constexpr std::uint64_t kNpyByteLimit = std::uint64_t{4} << 30;  // of one file, unpacked

// Numbers in row-major order and in this machine's byte order.
struct NpyArray {
  std::string type;                 // "b1", "i1", "u1", "i2", ... "f4", "f8": kind and bytes
  std::vector<std::int64_t> shape;  // empty: one number
  std::vector<std::uint8_t> bytes;

  std::int64_t count() const;
  // Where an element is, for people: "row 5", "row 5, value 3", counted from 1.
  std::string place(std::int64_t element) const;
  // Least and largest of the values at each place of a row [shape[0], ...], NaN passed over (inf,
  // -inf where there is no other), in double, so before floats() rounds them.
  std::vector<std::pair<double, double>> ranges() const;
  // The values as f32, i32 or bytes. Throws Error(data) that begins with `name` when the type holds
  // no such numbers, or a value does not fit: f32 takes every type (rounding), i32 whole numbers,
  // bytes whole numbers 0 to 255 and truth values.
  std::vector<float> floats(const std::string& name) const;
  std::vector<std::int32_t> integers(const std::string& name) const;
  std::vector<std::uint8_t> octets(const std::string& name) const;
};

// Throws Error(data) that names the file (by `name`) and the place for anything else than one whole
// array of numbers, and for more than `byte_limit`. Fortran's order becomes row-major.
NpyArray decode_npy(std::span<const std::uint8_t> bytes, const std::string& name,
                    std::uint64_t byte_limit = kNpyByteLimit);
NpyArray read_npy(const std::string& path, std::uint64_t byte_limit = kNpyByteLimit);

// The arrays by their names, without ".npy"; entries stored or deflated, checksums are verified.
std::map<std::string, NpyArray> decode_npz(std::span<const std::uint8_t> bytes,
                                           const std::string& name,
                                           std::uint64_t byte_limit = kNpyByteLimit);
std::map<std::string, NpyArray> read_npz(const std::string& path,
                                         std::uint64_t byte_limit = kNpyByteLimit);

// The same file, of which only the arrays that are asked for are unpacked: others may hold texts or
// objects, and what is no array is passed over.
class NpzFile {
 public:
  // Throws Error(data) for what is no zip archive, and for two arrays of one name.
  explicit NpzFile(const std::string& path, std::uint64_t byte_limit = kNpyByteLimit);

  const std::vector<std::string>& names() const { return names_; }  // in the order of their bytes
  bool has(const std::string& array) const;
  // Throws Error(data) as decode_npy() does, and where there is no such array, with those there
  // are.
  NpyArray read(const std::string& array) const;

 private:
  std::string name_;
  std::uint64_t byte_limit_;
  std::vector<std::uint8_t> bytes_;
  std::vector<std::string> names_;
};

}  // namespace hone::nn::data
