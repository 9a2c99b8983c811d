// From the columns of a table to the numbers that a network takes, learned from the training part.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nn/data/table.h"

namespace hone::nn::data {

// How many steps of f32 lie between low and high, as wide as they are at the larger of both: with
// few of them differences are lost when such numbers become f32. low < high, both within f32.
double f32_steps(double low, double high);
inline constexpr double kFewSteps = 1000;

// One column of the table.
struct TableFeature {
  std::string column;
  // Of a column of categories: one number each, 1 where the cell holds it. A category that is not
  // among them and a missing cell are all zeros.
  std::vector<std::string> categories = {};
  // Of a column of numbers: what stands for a missing cell, the mean of the training part; and
  // whether a second number says that the cell is missing, because some were when it was learned.
  double mean = 0;
  bool tells_missing = false;
  // Of a column of numbers whose differences are lost beside their size when they become f32 (times
  // in seconds since 1970): the mean, which is taken off before they do. 0 elsewhere.
  double offset = 0;

  std::int64_t width() const;
  bool operator==(const TableFeature&) const = default;
};

struct TableEncoderOptions {
  std::vector<std::string> without = {};  // columns that are no features, the target for example
  std::size_t most_categories = 100;      // a column with more is left out
};

// Cells that training had none of, of one column.
struct UnseenCells {
  std::string column;
  std::int64_t count = 0;  // of rows
  std::int64_t first = 0;  // row, from 0
  std::string text = {};   // the category there; empty: a number is missing
};

class TableEncoder {
 public:
  TableEncoder() = default;
  // Learns from `train`. A column of texts with too many categories (names, keys) and one without
  // any value are left out: see left_out(). Throws Error(data) when no feature is left and for a
  // number that is too large for f32 (infinite ones are), Error(usage) for a name in `without` that
  // is no column.
  explicit TableEncoder(const Table& train, const TableEncoderOptions& options = {});

  const std::vector<TableFeature>& features() const { return features_; }
  // "name: has 891 different texts", one for each column that is left out.
  const std::vector<std::string>& left_out() const { return left_out_; }
  // Numbers a row, and what each is: "age", "age missing", "port = Q".
  std::int64_t width() const;
  std::vector<std::string> names() const;

  // [rows, width()]. The table may have more columns. Throws Error(data) that names the table's
  // file and the column when one is not there or holds the other kind of values (one with missing
  // cells alone fits both), and the line where a number is too large for f32.
  std::vector<float> encode(const Table& table) const;
  // The categories in it that training did not have, which encode() gives as all zeros, and missing
  // numbers of columns that had them all, for which the mean stands; an entry a column. Throws as
  // encode() does for columns.
  std::vector<UnseenCells> unseen(const Table& table) const;

  // For the metadata of a model file, and back; from_json throws Error(data).
  std::string json() const;
  static TableEncoder from_json(const std::string& text, const std::string& name);
  bool operator==(const TableEncoder& other) const { return features_ == other.features_; }

 private:
  std::vector<TableFeature> features_;
  std::vector<std::string> left_out_;
};

}  // namespace hone::nn::data
