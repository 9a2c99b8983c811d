// Whose results are in the folder.
#include "apps/tuning/ownership.h"

#include <filesystem>
#include <optional>

#include "apps/common/replay.h"
#include "apps/common/study_texts.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/utf8.h"

namespace hone::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNote = "study";
constexpr const char* kTable = "trials.csv";

struct Owner {
  std::string token, study, program;
  std::string storage;  // a file in the folder itself by its name alone, so that it can be moved
};

// Nothing: the folder does not say.
std::optional<Owner> owner_of(const OutputFolder& folder) {
  const std::string note = folder.note(kNote);
  if (note.empty()) return std::nullopt;
  try {
    const JsonDocument document(note, "note");
    const auto text = [&](const char* key) { return document.root().at(key).get<std::string>(); };
    return Owner{text("token"), text("study"), text("program"), text("storage")};
  } catch (const Error&) {
    return std::nullopt;
  }
}

fs::path plain(const fs::path& path) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(path, error);
  return error ? fs::absolute(path).lexically_normal() : whole;
}

std::string place_of(const Run& run) {
  if (!run.storage.starts_with(kSqlite)) return tune::shown_url(run.storage);
  const fs::path file = plain(run.storage.substr(kSqlite.size()));
  const bool inside = file.parent_path() == plain(run.out);
  const std::string path = inside ? file.filename().string() : file.string();
  // A note is UTF-8, a path may be any bytes.
  return kSqlite + (is_utf8(path) ? path : "digest " + digest_hex(path.data(), path.size()));
}

// The study is not in its storage any more, as far as that can be seen from here.
bool is_gone(const Run& run, const Owner& owner) {
  // Its results are all there is of it; one of the same name may follow it.
  if (owner.storage == "memory")
    return !run.folder->lists_any() ||
           (owner.study == run.study_name && owner.program == run.program);
  std::string storage = owner.storage;
  if (storage.starts_with(kSqlite)) {
    const fs::path file = plain(run.out) / storage.substr(kSqlite.size());
    std::error_code error;
    // Elsewhere it may have been moved away for a while, or its disk is not there.
    if (!fs::exists(file, error))
      return !error && storage.find('/', kSqlite.size()) == std::string::npos &&
             !storage.starts_with(kSqlite + "digest ");
    storage = kSqlite + file.string();
  } else if (storage == place_of(run)) {
    storage = run.storage;  // with its password
  } else {
    return false;
  }
  try {
    const auto info = tune::open_storage(storage, {.create = false, .may_read_only = true})
                          ->find_study(owner.study);
    return !info || info->key.token != owner.token;
  } catch (const Error&) {
    return false;
  }
}

// The first trial with its value and its times, in microseconds: no two studies share it.
std::string first_trial(const std::string& table) {
  const std::size_t begin = table.find('\n');
  if (begin == std::string::npos) return "";
  std::size_t end = begin + 1;
  for (int cells = 0; end < table.size() && table[end] != '\n'; ++end)
    if (table[end] == ',' && ++cells == 4) break;
  return table.substr(begin + 1, end - begin - 1);
}

std::string table_in(const OutputFolder& folder) {
  constexpr std::uint64_t kLimit = std::uint64_t{1} << 32;
  return folder.intact(kTable) ? read_text_file(folder / kTable, kLimit) : "";
}

bool has_trials_of(const OutputFolder& folder, const tune::Study& study) {
  const std::string first = first_trial(table_in(folder));
  return !first.empty() && first == first_trial(study.trials_csv());
}

// Of a folder that does not say whose it is: whether this study may have it.
bool may_be_ours(const Run& run, const Stored& stored) {
  if (!run.folder->lists(kTable) || !run.folder->has(kTable)) return true;
  try {
    if (stored.exists && has_trials_of(*run.folder, tune::Study::load(run.storage, run.study_name)))
      return true;
    if (!run.options.fresh || place_of(run).find('/', kSqlite.size()) != std::string::npos)
      return false;
    // The folder's own database, and no other study in it.
    const auto storage = existing_storage(run.storage);
    if (storage == nullptr) return true;
    for (const tune::StudySummary& summary : storage->list_studies())
      if (summary.name != run.study_name) return false;
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

Stored stored_study(const Run& run) {
  const std::shared_ptr<tune::Storage> storage = existing_storage(run.storage);
  if (storage == nullptr) return {};
  Stored stored;
  try {
    const auto info = storage->find_study(run.study_name);
    if (!info) return {};
    stored = {true, info->key.token, 0, {}};
    if (run.options.fresh)
      for (const tune::StudySummary& summary : storage->list_studies())
        if (summary.name == run.study_name) stored.trials = summary.trials;
    if (run.options.fresh) {
      const tune::Study study = tune::Study::load(run.storage, run.study_name, nullptr);
      if (const auto words = kept_program(study); !words.empty())
        stored.program = words[0];
      else if (has_trials_of(*run.folder, study))
        stored.program = run.program;  // of a version that did not say
    }
  } catch (const tune::StoreError&) {
    if (!run.options.fresh) throw;
    stored.exists = true;
    stored.program = run.program;  // what nobody can read is nobody else's
  }
  return stored;
}

void check_owner(const Run& run, const Stored& stored) {
  const std::string folder = printable(run.out.string());
  // Trials of another program, or of a person: not for this one to remove.
  if (run.options.fresh && stored.exists && stored.trials > 0 && !stored.token.empty())
    check(stored.program == run.program,
          "--fresh: study {} in {} is not one of {} but of {}; give another --study and --out, or "
          "remove it by hand: hone delete-study",
          printable(run.study_name), printable(tune::shown_url(run.storage)), run.program,
          stored.program.empty() ? "somebody else" : printable(stored.program));
  const std::optional<Owner> owner = owner_of(*run.folder);
  if (!owner) {
    check(may_be_ours(run, stored),
          "{}: holds the results of another study than {}; a study has an output folder of its "
          "own: give another --out, or move those results away",
          folder, printable(run.study_name));
    return;
  }
  const std::string whose =
      fmt::format("{}: holds the results of study {} of {}, in {}", folder, printable(owner->study),
                  printable(owner->program), printable(owner->storage));
  const bool same_program = owner->program == run.program;
  if (same_program && !owner->token.empty() && owner->token == stored.token) return;
  // A name stands for one study: what had it before is gone, or is what --fresh is to remove.
  const bool same =
      same_program && owner->study == run.study_name && owner->storage == place_of(run);
  if (same && run.options.fresh) return;
  check(same || is_gone(run, *owner),
        "{}; a study has an output folder of its own: give study {} another --out", whose,
        printable(run.study_name));
  check(run.options.fresh || !run.folder->lists_any(),
        "{}, which is not there any more; give another --out, or --fresh, which removes them",
        whose);
}

std::string owner_token(const OutputFolder& folder) {
  const std::optional<Owner> owner = owner_of(folder);
  return owner ? owner->token : "";
}

void claim_folder(const Run& run, const tune::Study& study) {
  const Json owner = Json::object({{"token", study.token()},
                                   {"study", run.study_name},
                                   {"program", run.program},
                                   {"storage", place_of(run)}});
  run.folder->set_note(kNote, write_json(owner));
}

bool owns_results(const OutputFolder& folder, const tune::Study& study) {
  const std::optional<Owner> owner = owner_of(folder);
  return owner ? !owner->token.empty() && owner->token == study.token()
               : has_trials_of(folder, study);
}

}  // namespace hone::app
