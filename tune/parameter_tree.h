// Which parameter a trial asks for next: learned from the trials of a view.
//
// Trials are paths of a trie of parameter names. Where paths part, an earlier discrete parameter
// whose values determine the way is the *branching* one of that place: the one with the fewest
// values, of equals the nearest; where none does, two together may.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tune/trial_record.h"

namespace hone::tune {

struct NamedDistribution {
  std::string name;
  Distribution distribution;
};

// A value of one pointer; copies share what they have in common. Any thread may read one.
class ParameterTree {
 public:
  ParameterTree();

  // Learns from trial(from) to trial(to - 1); those before have been learned already and are read
  // where paths part. COMPLETE and PRUNED ones count: others may have ended before they had asked
  // for everything.
  void extend(std::size_t from, std::size_t to,
              const std::function<const TrialRecord&(std::size_t)>& trial);

  bool empty() const { return places() == 1; }
  std::size_t places() const;
  const NamedDistribution& at(std::size_t place) const;
  // Values of this parameter decide which others there are.
  bool is_branching(const std::string& name) const;
  // No paths part, and none ends where another goes on.
  bool is_line() const;
  // Every parameter that was seen, with its newest distribution, in the order of first appearance.
  const std::vector<NamedDistribution>& parameters() const;
  // The tree of the other has learned the same; false says nothing.
  bool same_as(const ParameterTree& other) const { return data_ == other.data_; }

  class Walk;

 private:
  struct Rule;
  struct Child;
  struct Node;
  struct Data;
  static constexpr int kEnd = -1;
  using Get = std::function<const TrialRecord&(std::size_t)>;

  static bool knows(const Data& data, const TrialRecord& trial);
  static int child_named(const Data& data, const Node& node, const std::string* name);
  static bool obeys(const Node& node, const TrialRecord& trial, int child);
  static void learn(Data& data, std::size_t index, const Get& trial);
  static void make_rules(Data& data, int node, std::size_t index, const Get& trial);
  static void scan(Data& data, int node, std::size_t index, const Get& trial);
  static void add_to_rules(Node& node, const TrialRecord& record, int child);
  static void note_distribution(Data& data, const Parameter& parameter);
  static void find_branching(Data& data);

  std::shared_ptr<const Data> data_;
};

// Goes down the tree, one parameter after the other. The tree must outlive it.
class ParameterTree::Walk {
 public:
  explicit Walk(const ParameterTree& tree) : data_(tree.data_.get()) { find_next(); }
  // The parameter that is asked for next; null: the trial ends here, or nothing is known of what
  // follows.
  const NamedDistribution* next() const;
  // Names the place of next() in the tree: 1 .. places() - 1.
  std::size_t place() const { return static_cast<std::size_t>(next_); }
  // It gets this value.
  void choose(double internal);
  // A parameter that a trial asked for; false: not the next one. Then next() is null for good.
  bool follow(const Parameter& parameter);

 private:
  void find_next();

  const Data* data_;
  int at_ = 0, next_ = kEnd;
  std::vector<double> values_;
};

}  // namespace hone::tune
