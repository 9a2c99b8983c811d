// The folder that a run writes its results into: one program at a time, and a manifest of what this
// program wrote there.
//
// The manifest (".hone-manifest") lists each file with its digest and size. Only a file that is as
// listed is known to be ours and may be replaced or removed; anything else that stands in the place
// of a result is kept under another name. Names are plain file names. Beside the files the manifest
// holds notes, a line of text each, for what the program has to know about them. Its last line is
// a digest of the others: in a damaged one the files that are as listed are still ours, because
// their digests say so, but no note is believed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hone::app {

// One thread at a time.
class OutputFolder {
 public:
  static constexpr const char* kManifest = ".hone-manifest";

  // Makes the folder and locks it until the object goes. Throws Error(storage) when it cannot be
  // written or another `program` has it. `message` gets a line whenever a file is kept aside, and
  // when the manifest is damaged.
  OutputFolder(std::filesystem::path folder, const std::string& program,
               std::function<void(const std::string&)> message);
  // To look only: makes, locks and writes nothing; there may be no such folder.
  static OutputFolder reading(std::filesystem::path folder) {
    return OutputFolder(std::move(folder));
  }
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;
  ~OutputFolder();

  const std::filesystem::path& path() const { return folder_; }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }
  bool has(const std::string& name) const;
  // The file is there, and is as the manifest says.
  bool intact(const std::string& name) const { return proven(name).has_value(); }
  // The manifest lists the file; some file that is there.
  bool lists(const std::string& name) const { return files_.contains(name); }
  bool lists_any() const;

  // Empty: there is none. A note is one line of UTF-8, its key one word; empty text removes it.
  std::string note(const std::string& key) const;
  void set_note(const std::string& key, const std::string& text);

  // Throws Error(storage) when something that is no file (a folder, a pipe) stands in the place of
  // one of these: then a result could not be written later.
  void check_places(const std::vector<std::string>& names) const;

  // Writes a file atomically, the mode of an old file stays, and a symbolic link to a file of ours
  // or to nothing yet. What somebody else wrote is renamed first; of a link to it the link alone.
  void write(const std::string& name, std::string_view bytes);
  // The same for what writes its file itself: `write_to` gets a path beside it.
  void write(const std::string& name,
             const std::function<void(const std::filesystem::path&)>& write_to);

  // Renames a file, whoever wrote it, to one that nobody has, and says so.
  void keep_aside(const std::string& name) const;

  // Removes the file when it is as the manifest says; false when there is another one, which stays.
  bool remove(const std::string& name);
  // remove() of everything in the manifest, and of its notes. What was changed since is told and
  // stays.
  void remove_all();

 private:
  explicit OutputFolder(std::filesystem::path folder);

  struct Entry {
    std::uint64_t size = 0;
    std::string digest;
    bool operator==(const Entry&) const = default;
  };

  void read_manifest();
  // A new folder in this one, for `name` alone; noted before it is made, so that what a kill leaves
  // of it is known to be ours.
  std::filesystem::path make_scratch(const std::string& name);
  void remove_scratch();  // that a kill left
  void write_manifest() const;
  // The entry that the file is like; nothing when this program did not write it so.
  std::optional<Entry> proven(const std::string& name) const;
  void make_room(const std::string& name);
  void expect(const std::string& name, const Entry& entry);

  std::filesystem::path folder_;
  std::function<void(const std::string&)> message_;
  int lock_ = -1;
  // More than one entry a name only while a file is being replaced: the old one and the new one.
  std::multimap<std::string, Entry> files_;
  std::map<std::string, std::string> notes_;
  bool damaged_ = false;  // the manifest, when it was read
};

}  // namespace hone::app
