// The checkpoints that studies keep in a folder: which files are some, and removing those of one
// study.
//
// That of a trial is "<token of the study>-<number>.checkpoint", that of a rerun has more behind
// the number; no two studies share a token. A checkpoint carries its own digest, so a file that is
// a whole one was written by hone.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace hone::app {

inline const std::string kCheckpointEnding = ".checkpoint";

bool is_checkpoint(const std::filesystem::path& file);

// The names that the writer of checkpoints gives its files (CheckpointFile in nn/train).
std::vector<std::string> checkpoint_files(const std::string& name);

// The names in `folder` that checkpoints may have, without what the writer adds to them.
std::vector<std::string> checkpoint_names(const std::filesystem::path& folder);

// Removes the checkpoint `name` and the generation before it; returns how many files went. What is
// no checkpoint stays.
int remove_checkpoint_files(const std::filesystem::path& folder, const std::string& name);

// Removes the checkpoints of the study with this token, which may be empty: then of none.
int remove_study_checkpoints(const std::filesystem::path& folder, const std::string& token);

}  // namespace hone::app
