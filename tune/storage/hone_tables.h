// The tables of a study that only hone knows, the same on every database.
#pragma once

#include <fmt/format.h>

#include <string>

namespace hone::tune {

// Optuna and its dashboard ignore tables they do not know.
struct HoneTable {
  const char* name;
  const char* sql;  // {temp}: TEMP, or nothing; {int64}, {keyed}: see HoneTableWords
};

// What databases say differently.
struct HoneTableWords {
  const char* int64;  // an integer of 64 bits
  const char* keyed;  // of a table that is kept by its primary key alone
};

inline constexpr HoneTable kHoneTables[] = {
    // What a study must be continued with; its token, which no other study has had; the digest of
    // its row and of its name and directions.
    {"hone_studies", R"(CREATE {temp}TABLE hone_studies (
	study_id INTEGER NOT NULL PRIMARY KEY,
	settings_json TEXT NOT NULL,
	token TEXT,
	digest TEXT
))"},
    // The digests of the study's attributes that hone has set.
    {"hone_study_attributes", R"(CREATE {temp}TABLE hone_study_attributes (
	study_id INTEGER NOT NULL,
	is_system INTEGER NOT NULL,
	"key" TEXT NOT NULL,
	digest TEXT NOT NULL,
	PRIMARY KEY (study_id, is_system, "key")
))"},
    // Who runs a trial (token NULL: nobody), what its sampler saw, whether it is queued to be run
    // again (released 1; it stays RUNNING in `trials`), what it was enqueued with, the values that
    // its running start was given, how often a fault sent it back, and, while nobody runs it, the
    // digest of all that is known of it (row_digest.h).
    {"hone_trials", R"(CREATE {temp}TABLE hone_trials (
	trial_id INTEGER NOT NULL PRIMARY KEY,
	token TEXT,
	seen TEXT,
	released INTEGER NOT NULL DEFAULT 0,
	enqueued_params TEXT,
	given_params TEXT,
	worker TEXT,
	faults INTEGER NOT NULL DEFAULT 0,
	digest TEXT
))"},
    // What the pruner answered, and to which history.
    {"hone_reports", R"(CREATE {temp}TABLE hone_reports (
	trial_id INTEGER NOT NULL,
	step INTEGER NOT NULL,
	prune INTEGER NOT NULL,
	reason TEXT,
	seen TEXT,
	PRIMARY KEY (trial_id, step)
){keyed})"},
    // Trials that were trained again with fresh seeds, to name a winner: not part of `trials`, so
    // no sampler learns from them. value_json: a number, NaN where the training failed.
    {"hone_reruns", R"(CREATE {temp}TABLE hone_reruns (
	trial_id INTEGER NOT NULL,
	seed_index INTEGER NOT NULL,
	value_json TEXT NOT NULL,
	PRIMARY KEY (trial_id, seed_index)
){keyed})"},
    // The processes that run trials. Each holds a lock on the byte lock_at of the side file, and
    // renews its lease: beat_ms, by the clock of the database, is the last time it did.
    {"hone_workers", R"(CREATE {temp}TABLE hone_workers (
	worker TEXT NOT NULL PRIMARY KEY,
	pid {int64} NOT NULL,
	host TEXT NOT NULL,
	boot_id TEXT NOT NULL,
	lock_device {int64} NOT NULL,
	lock_inode {int64} NOT NULL,
	lock_at {int64} NOT NULL,
	lease_ms {int64} NOT NULL,
	beat_ms {int64} NOT NULL
))"},
};

// The statement that makes the table; `temp` is "TEMP " or "".
inline std::string statement_of(const HoneTable& table, const HoneTableWords& words,
                                const char* temp) {
  return fmt::format(fmt::runtime(table.sql), fmt::arg("temp", temp),
                     fmt::arg("int64", words.int64), fmt::arg("keyed", words.keyed));
}

}  // namespace hone::tune
