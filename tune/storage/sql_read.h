// Reading trials from an SQL database; what it holds is checked on the way.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>

#include "tune/storage/sql_connection.h"
#include "tune/trial_record.h"

namespace hone::tune {

// A row key beyond this one is damage.
constexpr std::int64_t kLargestKey = std::int64_t{1} << 53;
// The row of a study that tells it from others; the second one locks it.
inline constexpr const char* kStudyRow =
    "SELECT h.token FROM studies s LEFT JOIN hone_studies h ON h.study_id=s.study_id "
    "WHERE s.study_id=?";
inline constexpr const char* kLockedStudyRow =
    "SELECT h.token FROM studies s LEFT JOIN hone_studies h ON h.study_id=s.study_id "
    "WHERE s.study_id=? /*pg FOR UPDATE OF s */";
// The ends of a range that leaves no key out, damaged ones included: they shall be found.
constexpr std::int64_t kFirstKey = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLastKey = std::numeric_limits<std::int64_t>::max();

// Of the columns of a value and its type ("FINITE", "INF_POS", "INF_NEG", "NAN").
// `what` names the value where it is bad.
double read_special(const Query& query, int value_column, const std::function<std::string()>& what);

// From the columns `state` of trials, `released` and `token`: a trial that is RUNNING for Optuna
// waits to be run again by us when it was released (storage.h, release()).
TrialState read_state(const Query& query, int state, int released, int token,
                      const std::string& place);

// Fills the attributes of one trial.
void read_attributes(SqlConnection& connection, TrialRecord& trial);

// What is kept of a trial that nobody runs: its state (RUNNING: queued by us) and its digest.
std::string make_seal(TrialState state, const std::string& digest);
// Throws StoreError unless the seal still fits. `state` is the one in Optuna's table. A trial that
// waited, and that another program has taken or ended since, is no longer ours to judge.
void check_seal(const std::string& seal, const std::string& state,
                const std::function<std::string()>& digest, const std::string& place, int number);

}  // namespace hone::tune
