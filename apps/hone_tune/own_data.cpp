// Which kind the data are, which options go with it, and which reader takes it.
#include "apps/hone_tune/own_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "apps/hone_tune/samples.h"
#include "base/error.h"
#include "nn/data/fashion_mnist.h"
#include "nn/data/shards.h"

namespace hone::app {
namespace {

namespace fs = std::filesystem;

enum Kind : unsigned { kTable = 1, kNpz = 2, kNpy = 4, kPictures = 8, kIdx = 16, kShards = 32 };

struct Reader {
  Kind kind;
  const char* name;    // of one
  const char* plural;  // of several
  Problem (*load)(const OwnOptions& options, Device& device);
};

constexpr Reader kReaders[] = {
    {kTable, "a CSV file", "CSV files", load_table},
    {kNpz, "an .npz file", ".npz files", load_npz},
    {kNpy, "an .npy file", ".npy files", load_npy},
    {kPictures, "a folder of pictures", "folders of pictures", load_picture_folder},
    {kIdx, "a folder of IDX files", "folders of IDX files", load_idx_folder},
    {kShards, "a folder of shards", "folders of shards", load_shard_sets}};

// An option, and the kinds of data that it does something for.
struct Use {
  const char* option;
  bool (*given)(const OwnOptions& options);
  unsigned kinds;
  const char* note = "";
};

const Use kUses[] = {
    {"--target", [](const OwnOptions& o) { return !o.target.empty(); }, kTable | kNpy,
     "; in folders the class is the folder, in .npz files y is the target"},
    {"--task regress", [](const OwnOptions& o) { return o.task == Task::regress; },
     kTable | kNpz | kNpy | kShards},
    {"--drop", [](const OwnOptions& o) { return !o.drop.empty(); }, kTable},
    {"--delimiter", [](const OwnOptions& o) { return !o.delimiter.empty(); }, kTable},
    {"--decimal", [](const OwnOptions& o) { return !o.decimal.empty(); }, kTable},
    {"--image-size", [](const OwnOptions& o) { return o.image_size.has_value(); }, kPictures},
    {"--grey", [](const OwnOptions& o) { return o.grey; }, kPictures},
    {"--arrays", [](const OwnOptions& o) { return o.arrays != "auto"; }, kNpz | kNpy},
    {"--validation", [](const OwnOptions& o) { return o.validation.has_value(); },
     kTable | kNpz | kNpy | kPictures | kIdx, "; shards bring a part to validate"},
    {"--test", [](const OwnOptions& o) { return o.test.has_value(); },
     kTable | kNpz | kNpy | kPictures, "; IDX files and shards bring a part to test"}};

Kind kind_of(const fs::path& data) {
  if (!fs::is_directory(data)) {
    const std::string ending = ending_of(data);
    return ending == ".npz" ? kNpz : ending == ".npy" ? kNpy : kTable;
  }
  if (nn::data::is_shard_folder((data / "train").string())) return kShards;
  for (const nn::data::FashionMnistFile& file : nn::data::kFashionMnistFiles)
    for (const char* ending : {"", ".gz"})
      if (fs::exists(data / (std::string(file.name) + ending))) return kIdx;
  return kPictures;
}

// An option that would do nothing is a mistake. Not to replay: a study of an earlier version names
// the shares of every kind.
void check_options(const OwnOptions& options, const Reader& reader) {
  if (options.replay) return;
  for (const Use& use : kUses) {
    if (!use.given(options) || (use.kinds & reader.kind) != 0) continue;
    std::vector<std::string> kinds;
    for (const Reader& one : kReaders)
      if ((use.kinds & one.kind) != 0) kinds.emplace_back(one.plural);
    std::string text = kinds[0];
    for (std::size_t i = 1; i < kinds.size(); ++i)
      text += (i + 1 < kinds.size() ? ", " : " and ") + kinds[i];
    fail(ErrorKind::usage, "{} is for {}; {} is {}{}", use.option, text,
         printable(options.data.string()), reader.name, use.note);
  }
}

}  // namespace

std::string name_of_data(const fs::path& path) {
  const fs::path whole = fs::absolute(path).lexically_normal();
  return whole.has_filename() ? whole.stem().string() : whole.parent_path().filename().string();
}

std::string ending_of(const fs::path& path) {
  std::string ending = path.extension().string();
  for (char& c : ending)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return ending;
}

Problem load_own_data(const OwnOptions& options, Device& device) {
  std::error_code ignored;
  if (!fs::exists(options.data, ignored))
    fail(ErrorKind::data, "{}: there is no such file or folder", printable(options.data.string()));
  const Kind kind = kind_of(options.data);
  const Reader& reader = *std::find_if(std::begin(kReaders), std::end(kReaders),
                                       [&](const Reader& one) { return one.kind == kind; });
  check_options(options, reader);
  return reader.load(options, device);
}

}  // namespace hone::app
