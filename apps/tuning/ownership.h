// To which study the results in an output folder belong: one folder, one study.
//
// The note "study" of the folder's manifest holds the study's token, its name, the program and the
// storage. Folders of earlier versions have no such note; there the table of trials tells.
#pragma once

#include <string>

#include "apps/tuning/run.h"

namespace hone::app {

// What is stored under the study's name.
struct Stored {
  bool exists = false;
  std::string token;    // empty: a study of hone 0.1.0, or a damaged one
  int trials = 0;       // known where it is to be removed, as is what follows
  std::string program;  // that made it; empty: none of these programs, as far as it says
};

// A damaged study is an error, but not for --fresh, which is to remove it.
Stored stored_study(const Run& run);

// Throws Error(usage) with a way out where the folder is another study's. One that is stored no
// more is no obstacle where it left no results, and --fresh may remove what it left.
void check_owner(const Run& run, const Stored& stored);

// The token of the study that the folder is; empty: it does not say.
std::string owner_token(const OutputFolder& folder);

// From now on the folder is this study's.
void claim_folder(const Run& run, const tune::Study& study);

// Whether the results that are there are this study's, as far as the folder says.
bool owns_results(const OutputFolder& folder, const tune::Study& study);

}  // namespace hone::app
