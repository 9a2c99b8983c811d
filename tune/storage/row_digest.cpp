// Canonical bytes of rows, and the digest of one trial.
#include "tune/storage/row_digest.h"

#include <bit>
#include <deque>

#include "base/digest.h"

namespace hone::tune {
namespace {

void add_bytes(std::string& out, char type, std::uint64_t number) {
  out += type;
  for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(number >> shift & 0xFF);
}

}  // namespace

RowDigest& RowDigest::add(std::int64_t value) {
  add_bytes(bytes_, 'i', static_cast<std::uint64_t>(value));
  return *this;
}

RowDigest& RowDigest::add(double value) {
  add_bytes(bytes_, 'd', std::bit_cast<std::uint64_t>(value));
  return *this;
}

RowDigest& RowDigest::add(const std::string& value) {
  add_bytes(bytes_, 't', value.size());
  bytes_ += value;
  return *this;
}

RowDigest& RowDigest::add_column(const Query& row, int column, char type) {
  if (row.is_null(column)) {
    bytes_ += '0';
    return *this;
  }
  if (type == 'i') return add(row.integer(column));
  return type == 'd' ? add(row.number(column)) : add(row.text(column));
}

RowDigest& RowDigest::add_row(const Query& row, int first, const char* types) {
  for (int i = 0; types[i] != '\0'; ++i) add_column(row, first + i, types[i]);
  bytes_ += '.';
  return *this;
}

std::string RowDigest::hex() const { return digest_hex(bytes_.data(), bytes_.size()); }

std::string digest_of_trial(SqlConnection& connection, std::int64_t trial) {
  constexpr std::pair<const char*, const char*> kSections[] = {
      {TrialRows::kHead,
       "SELECT t.trial_id, t.number, t.state, t.datetime_start, t.datetime_complete, h.seen, "
       "h.released, h.enqueued_params, h.given_params, h.faults FROM trials t JOIN hone_trials h "
       "ON h.trial_id=t.trial_id WHERE t.trial_id=?"},
      {TrialRows::kParam,
       "SELECT param_name, param_value, distribution_json FROM trial_params WHERE trial_id=? ORDER "
       "BY param_id"},
      {TrialRows::kValue,
       "SELECT objective, value, value_type FROM trial_values WHERE trial_id=? ORDER BY objective"},
      {TrialRows::kReport,
       "SELECT step, intermediate_value, intermediate_value_type FROM trial_intermediate_values "
       "WHERE trial_id=? ORDER BY step"},
      {TrialRows::kAnswer,
       "SELECT step, prune, reason, seen FROM hone_reports WHERE trial_id=? ORDER BY step"},
      {TrialRows::kAttribute,
       "SELECT \"key\", value_json FROM trial_user_attributes WHERE trial_id=? ORDER BY \"key\" "
       "/*pg COLLATE \"C\" */"},
      {TrialRows::kAttribute,
       "SELECT \"key\", value_json FROM trial_system_attributes WHERE trial_id=? ORDER BY \"key\" "
       "/*pg COLLATE \"C\" */"},
  };
  std::deque<Query> sections;
  for (const auto& [types, sql] : kSections)
    sections.emplace_back(connection, sql).bind(trial).send();
  RowDigest digest;
  for (std::size_t i = 0; i < sections.size(); ++i) {
    while (sections[i].step()) digest.add_row(sections[i], 0, kSections[i].first);
    digest.add(std::string("end"));
  }
  return digest.hex();
}

}  // namespace hone::tune
