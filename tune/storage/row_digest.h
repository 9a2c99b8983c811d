// The digest of what hone has written: a bit that flipped on the disk is found when it is read.
//
// A trial that hone has finished or queued, a study and its attributes carry one. It covers the
// stored columns as they are, not what is made of them, so that it does not depend on how a version
// of hone writes a number or a distribution.
#pragma once

#include <cstdint>
#include <string>

#include "tune/storage/sql_connection.h"

namespace hone::tune {

// Parts are told apart: ("ab", "c") and ("a", "bc") differ.
class RowDigest {
 public:
  RowDigest& add(std::int64_t value);
  RowDigest& add(double value);
  RowDigest& add(const std::string& value);
  RowDigest& add_column(const Query& row, int column, char type);  // 'i', 'd' or 't'; or NULL
  // The columns of a row from `first` on, one letter of `types` each.
  RowDigest& add_row(const Query& row, int first, const char* types);
  // 32 hexadecimal digits.
  std::string hex() const;

 private:
  std::string bytes_;
};

// The rows of a trial, in the order in which its digest takes them: head, params, values, reports,
// what the pruner answered to them, user attributes, system attributes.
struct TrialRows {
  static constexpr const char* kHead = "iittttitti";  // id, number, state, times, seen, ...
  static constexpr const char* kParam = "tdt";
  static constexpr const char* kValue = "idt";
  static constexpr const char* kReport = "idt";
  static constexpr const char* kAnswer = "iitt";
  static constexpr const char* kAttribute = "tt";
};

// The digest of a trial as it is stored now, to be kept with it. In a write transaction.
std::string digest_of_trial(SqlConnection& connection, std::int64_t trial);

}  // namespace hone::tune
