// fANOVA: a random forest over the parameters, and the variance of its marginal predictions.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>

#include "base/error.h"
#include "base/philox.h"
#include "tune/analysis/finish.h"
#include "tune/analysis/importance.h"

namespace hone::tune {
namespace {

// More columns of one parameter than this are not combined freely: of the choices of a categorical
// parameter only those combinations are then looked at that can occur.
constexpr std::size_t kMostCombined = 10;

struct Range {
  double low = 0, high = 0;
  double size() const { return high - low; }
};
using Box = std::vector<Range>;  // one a column

// The trials as columns: a parameter is one, each choice of a categorical one is (0 or 1).
struct Table {
  std::vector<std::string> names;                    // of the parameters
  std::vector<std::vector<std::size_t>> columns_of;  // of each parameter
  std::vector<std::vector<double>> columns;
  Box space;
  std::vector<double> values;
};

struct Leaf {
  Box box;
  double value = 0;
};

// One regression tree: where it has cut each column, and its leaves.
struct Tree {
  std::vector<Leaf> leaves;
  std::vector<std::vector<double>> cuts;
};

struct Split {
  std::size_t column = 0;
  double threshold = 0;
};

class Grower {
 public:
  Grower(const Table& table, const FanovaOptions& options, std::uint64_t key)
      : table_(table), options_(options), random_(key) {}

  Tree grow() {
    tree_.cuts.resize(table_.columns.size());
    std::vector<std::size_t> rows(table_.values.size());
    for (std::size_t& row : rows) row = random_.below(rows.size());
    divide(rows, table_.space, 0);
    for (std::vector<double>& cuts : tree_.cuts) {
      std::sort(cuts.begin(), cuts.end());
      cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    }
    return std::move(tree_);
  }

 private:
  void divide(const std::vector<std::size_t>& rows, const Box& box, int depth) {
    const std::optional<Split> split = depth < options_.depth ? best_split(rows) : std::nullopt;
    if (!split) {
      double sum = 0;
      for (const std::size_t row : rows) sum += table_.values[row];
      tree_.leaves.push_back({box, sum / static_cast<double>(rows.size())});
      return;
    }
    tree_.cuts[split->column].push_back(split->threshold);
    std::vector<std::size_t> left, right;
    for (const std::size_t row : rows)
      (table_.columns[split->column][row] <= split->threshold ? left : right).push_back(row);
    Box part = box;
    part[split->column].high = split->threshold;
    divide(left, part, depth + 1);
    part[split->column] = {split->threshold, box[split->column].high};
    divide(right, part, depth + 1);
  }

  // The cut that leaves the least squared error; of equal ones that of a column drawn at random.
  std::optional<Split> best_split(const std::vector<std::size_t>& rows) {
    const auto [low, high] = std::minmax_element(rows.begin(), rows.end(), [&](auto a, auto b) {
      return table_.values[a] < table_.values[b];
    });
    if (table_.values[*low] == table_.values[*high]) return std::nullopt;
    std::vector<std::size_t> order(table_.columns.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random_.below(i)]);
    double total = 0;
    for (const std::size_t row : rows) total += table_.values[row];
    const auto count = static_cast<double>(rows.size());
    std::optional<Split> best;
    double best_gain = -std::numeric_limits<double>::infinity();
    std::vector<std::size_t> sorted = rows;
    for (const std::size_t column : order) {
      const std::vector<double>& x = table_.columns[column];
      std::sort(sorted.begin(), sorted.end(), [&](auto a, auto b) { return x[a] < x[b]; });
      double sum = 0;
      for (std::size_t i = 0; i + 1 < sorted.size(); ++i) {
        sum += table_.values[sorted[i]];
        if (x[sorted[i]] == x[sorted[i + 1]]) continue;
        const auto left = static_cast<double>(i + 1);
        const double gain = sum * sum / left + (total - sum) * (total - sum) / (count - left);
        if (gain <= best_gain) continue;
        best_gain = gain;
        best = {column, x[sorted[i]] / 2 + x[sorted[i + 1]] / 2};
      }
    }
    return best;
  }

  const Table& table_;
  const FanovaOptions& options_;
  PhiloxStream random_;
  Tree tree_;
};

double variance_of(const std::vector<double>& values, const std::vector<double>& weights) {
  double sum = 0, mean = 0, variance = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sum += weights[i], mean += weights[i] * values[i];
  mean /= sum;
  for (std::size_t i = 0; i < values.size(); ++i)
    variance += weights[i] * (values[i] - mean) * (values[i] - mean);
  return variance / sum;
}

double volume(const Box& box, const std::vector<std::size_t>& without) {
  double product = 1;
  for (std::size_t i = 0; i < box.size(); ++i)
    if (std::find(without.begin(), without.end(), i) == without.end()) product *= box[i].size();
  return product;
}

double total_variance(const Tree& tree) {
  std::vector<double> values, weights;
  for (const Leaf& leaf : tree.leaves) {
    values.push_back(leaf.value);
    weights.push_back(volume(leaf.box, {}));
  }
  return variance_of(values, weights);
}

// The variance of the prediction as a function of some columns alone, averaged over the others.
double marginal_variance(const Tree& tree, const std::vector<std::size_t>& columns,
                         const Box& space) {
  std::vector<std::vector<double>> edges;
  std::size_t cells = 1;
  for (const std::size_t column : columns) {
    std::vector<double> list = {space[column].low};
    list.insert(list.end(), tree.cuts[column].begin(), tree.cuts[column].end());
    list.push_back(space[column].high);
    cells *= list.size() - 1;
    edges.push_back(std::move(list));
  }
  std::vector<double> sums(cells), weights(cells), sizes(cells, 1);
  const auto each = [&](auto&& self, std::size_t at, std::size_t cell, const Box* box,
                        const std::function<void(std::size_t)>& visit) -> void {
    if (at == columns.size()) return visit(cell);
    for (std::size_t i = 0; i + 1 < edges[at].size(); ++i) {
      const double middle = (edges[at][i] + edges[at][i + 1]) / 2;
      if (box != nullptr && (middle < (*box)[columns[at]].low || middle > (*box)[columns[at]].high))
        continue;
      self(self, at + 1, cell * (edges[at].size() - 1) + i, box, visit);
    }
  };
  for (const Leaf& leaf : tree.leaves) {
    const double weight = volume(leaf.box, columns);
    each(each, 0, 0, &leaf.box, [&](std::size_t cell) {
      sums[cell] += weight * leaf.value;
      weights[cell] += weight;
    });
  }
  for (std::size_t cell = 0; cell < cells; ++cell) {
    std::size_t rest = cell;
    for (std::size_t at = columns.size(); at-- > 0;) {
      const std::size_t count = edges[at].size() - 1, i = rest % count;
      sizes[cell] *= edges[at][i + 1] - edges[at][i];
      rest /= count;
    }
    sums[cell] /= weights[cell];
  }
  return variance_of(sums, sizes);
}

// The same of a categorical parameter with many choices: over the choices, one at a time.
double choice_variance(const Tree& tree, const std::vector<std::size_t>& columns) {
  std::vector<double> values;
  for (const std::size_t chosen : columns) {
    double sum = 0, weights = 0;
    for (const Leaf& leaf : tree.leaves) {
      const bool fits = std::all_of(columns.begin(), columns.end(), [&](std::size_t column) {
        const double x = column == chosen ? 1 : 0;
        return leaf.box[column].low <= x && x <= leaf.box[column].high;
      });
      if (!fits) continue;
      const double weight = volume(leaf.box, columns);
      sum += weight * leaf.value;
      weights += weight;
    }
    values.push_back(sum / weights);
  }
  return variance_of(values, std::vector<double>(values.size(), 1));
}

// Parameters that every COMPLETE trial has, with one distribution.
std::vector<Parameter> common_parameters(const std::vector<TrialRecord>& trials) {
  std::optional<std::vector<Parameter>> common;
  for (const TrialRecord& trial : trials) {
    if (trial.state != TrialState::complete) continue;
    if (!common) common = trial.params;
    std::erase_if(*common, [&](const Parameter& parameter) {
      const Parameter* other = trial.find(parameter.name);
      return other == nullptr || !(other->distribution == parameter.distribution);
    });
  }
  return common.value_or(std::vector<Parameter>{});
}

Table table_of(const std::vector<TrialRecord>& trials, const std::vector<Parameter>& parameters) {
  Table table;
  std::vector<const TrialRecord*> rows;
  for (const TrialRecord& trial : trials)
    if (trial.state == TrialState::complete && trial.value() && std::isfinite(*trial.value()))
      rows.push_back(&trial);
  for (const TrialRecord* row : rows) table.values.push_back(*row->value());
  for (const Parameter& parameter : parameters) {
    if (is_single(parameter.distribution)) continue;
    table.names.push_back(parameter.name);
    std::vector<double> column;
    for (const TrialRecord* row : rows) column.push_back(row->find(parameter.name)->internal);
    const auto add = [&](std::vector<double> cells, Range range) {
      table.columns_of.back().push_back(table.columns.size());
      table.columns.push_back(std::move(cells));
      table.space.push_back(range);
    };
    table.columns_of.emplace_back();
    if (const auto* real = std::get_if<FloatDistribution>(&parameter.distribution)) {
      add(std::move(column), {real->low, real->high});
    } else if (const auto* whole = std::get_if<IntDistribution>(&parameter.distribution)) {
      add(std::move(column), {static_cast<double>(whole->low), static_cast<double>(whole->high)});
    } else {
      const auto& choices = std::get<CategoricalDistribution>(parameter.distribution).choices;
      for (std::size_t choice = 0; choice < choices.size(); ++choice) {
        std::vector<double> cells;
        for (const double index : column)
          cells.push_back(index == static_cast<double>(choice) ? 1 : 0);
        add(std::move(cells), {0, 1});
      }
    }
  }
  return table;
}

}  // namespace

std::vector<Importance> fanova(const std::vector<TrialRecord>& trials,
                               const FanovaOptions& options) {
  check(options.trees >= 1 && options.depth >= 1,
        "fanova: trees and depth must be >= 1, they are {} and {}", options.trees, options.depth);
  const std::vector<Parameter> parameters = common_parameters(trials);
  std::vector<Importance> list;
  const Table table = table_of(trials, parameters);
  for (const Parameter& parameter : parameters) list.push_back({parameter.name, 0});
  if (table.values.size() <= 1 || table.columns.empty()) return normalized(std::move(list));
  for (int t = 0; t < options.trees; ++t) {
    const Tree tree =
        Grower(table, options, mix(options.seed, static_cast<std::uint64_t>(t))).grow();
    const double total = total_variance(tree);
    if (!(total > 0)) continue;
    for (std::size_t p = 0; p < table.names.size(); ++p) {
      const std::vector<std::size_t>& columns = table.columns_of[p];
      const double part = columns.size() <= kMostCombined
                              ? marginal_variance(tree, columns, table.space)
                              : choice_variance(tree, columns);
      for (Importance& importance : list)
        if (importance.parameter == table.names[p]) importance.value += part / total;
    }
  }
  return normalized(std::move(list));
}

}  // namespace hone::tune
