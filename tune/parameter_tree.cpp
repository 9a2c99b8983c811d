// Learning the tree and walking down it.
#include "tune/parameter_tree.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace hone::tune {
namespace {

bool is_discrete(const Distribution& distribution) {
  const auto* range = std::get_if<FloatDistribution>(&distribution);
  return range == nullptr || range->step.has_value();
}

bool is_category(const Distribution& distribution) {
  return std::holds_alternative<CategoricalDistribution>(distribution);
}

constexpr std::size_t kMaxValues = 256;  // a parameter of more explains nothing
constexpr std::size_t kMostPaired = 12;  // the nearest ones

bool counts(const TrialRecord& trial) {
  return (trial.state == TrialState::complete || trial.state == TrialState::pruned) &&
         !trial.params.empty();
}

}  // namespace

// What one or two earlier parameters say about the way: their values and the child they led to.
struct ParameterTree::Rule {
  std::vector<std::size_t> depths;  // of the parameters on the path
  std::vector<char> is_category;    // of each
  std::map<std::vector<double>, int> child_of;
  // The child for the values of a path; unseen numbers take the way of their nearest neighbour.
  int child(const std::vector<double>& path) const;  // -1: not known
};

struct ParameterTree::Child {
  int node = kEnd;
  int trials = 0;  // counted when paths part; the more frequent way is the guess without a rule
};

struct ParameterTree::Node {
  NamedDistribution parameter;
  int parent = -1;
  std::size_t depth = 0;  // of its parameter; the root's child has 0
  std::vector<Child> children;
  std::vector<Rule> rules;  // the one in force first; only where there are several children
  bool paired = false;      // no parameter alone decides: the rules are those of two
};

struct ParameterTree::Data {
  std::vector<Node> nodes;  // [0]: the root, without a parameter
  std::vector<NamedDistribution> parameters;
  std::map<std::string, int> branching;
  bool undetermined = false;  // paths part somewhere for no reason that was found
};

ParameterTree::ParameterTree() {
  static const auto kEmpty = [] {
    Data data;
    data.nodes.emplace_back();
    return std::make_shared<const Data>(std::move(data));
  }();
  data_ = kEmpty;
}

std::size_t ParameterTree::places() const { return data_->nodes.size(); }

const NamedDistribution& ParameterTree::at(std::size_t place) const {
  return data_->nodes[place].parameter;
}

bool ParameterTree::is_line() const { return data_->branching.empty() && !data_->undetermined; }

const std::vector<NamedDistribution>& ParameterTree::parameters() const {
  return data_->parameters;
}

const NamedDistribution* ParameterTree::Walk::next() const {
  return next_ > 0 ? &data_->nodes[static_cast<std::size_t>(next_)].parameter : nullptr;
}

bool ParameterTree::is_branching(const std::string& name) const {
  return data_->branching.contains(name);
}

int ParameterTree::child_named(const Data& data, const Node& node, const std::string* name) {
  for (std::size_t c = 0; c < node.children.size(); ++c) {
    const int child = node.children[c].node;
    if (name == nullptr
            ? child == kEnd
            : child != kEnd && data.nodes[static_cast<std::size_t>(child)].parameter.name == *name)
      return static_cast<int>(c);
  }
  return -1;
}

namespace {

std::vector<double> key_of(const std::vector<std::size_t>& depths, const TrialRecord& trial) {
  std::vector<double> key;
  for (const std::size_t d : depths) key.push_back(trial.params[d].internal);
  return key;
}

}  // namespace

int ParameterTree::Rule::child(const std::vector<double>& path) const {
  std::vector<double> key;
  for (const std::size_t d : depths) key.push_back(path[d]);
  if (const auto found = child_of.find(key); found != child_of.end()) return found->second;
  int nearest = -1;
  double least = std::numeric_limits<double>::infinity();
  for (const auto& [known, child] : child_of) {
    double distance = 0;
    for (std::size_t k = 0; k < key.size(); ++k)
      distance += is_category[k] == 0  ? std::abs(known[k] - key[k])
                  : known[k] == key[k] ? 0
                                       : std::numeric_limits<double>::infinity();
    if (distance < least) {
      least = distance;
      nearest = child;
    }
  }
  return nearest;
}

// Every rule of the node says what the trial does.
bool ParameterTree::obeys(const Node& node, const TrialRecord& trial, int child) {
  return std::all_of(node.rules.begin(), node.rules.end(), [&](const Rule& rule) {
    const auto found = rule.child_of.find(key_of(rule.depths, trial));
    return found != rule.child_of.end() && found->second == child;
  });
}

bool ParameterTree::knows(const Data& data, const TrialRecord& trial) {
  int at = 0;
  for (std::size_t i = 0; i <= trial.params.size(); ++i) {
    const Node& node = data.nodes[static_cast<std::size_t>(at)];
    const bool ends = i == trial.params.size();
    const int child = child_named(data, node, ends ? nullptr : &trial.params[i].name);
    if (child < 0 || !obeys(node, trial, child)) return false;
    if (ends) return true;
    at = node.children[static_cast<std::size_t>(child)].node;
    if (data.nodes[static_cast<std::size_t>(at)].parameter.distribution !=
        trial.params[i].distribution)
      return false;
  }
  return true;
}

void ParameterTree::note_distribution(Data& data, const Parameter& parameter) {
  const auto known =
      std::find_if(data.parameters.begin(), data.parameters.end(),
                   [&](const NamedDistribution& p) { return p.name == parameter.name; });
  if (known == data.parameters.end())
    data.parameters.push_back({parameter.name, parameter.distribution});
  else
    known->distribution = parameter.distribution;
}

void ParameterTree::learn(Data& data, std::size_t index, const Get& trial) {
  const TrialRecord& record = trial(index);
  int at = 0;
  std::vector<int> parted;
  bool changed = false;
  for (std::size_t i = 0; i <= record.params.size(); ++i) {
    const bool ends = i == record.params.size();
    int child = child_named(data, data.nodes[static_cast<std::size_t>(at)],
                            ends ? nullptr : &record.params[i].name);
    const bool is_new = child < 0;
    if (is_new) {
      const int made = ends ? kEnd : static_cast<int>(data.nodes.size());
      Node& node = data.nodes[static_cast<std::size_t>(at)];
      child = static_cast<int>(node.children.size());
      node.children.push_back({made, 0});
      if (!ends) {
        Node next;
        next.parameter = {record.params[i].name, record.params[i].distribution};
        next.parent = at;
        next.depth = i;
        data.nodes.push_back(std::move(next));
      }
    }
    Node& node = data.nodes[static_cast<std::size_t>(at)];
    if (node.children.size() > 1) {
      if (is_new) parted.push_back(at);
      changed = changed || is_new || !obeys(node, record, child);
      if (!is_new) {
        const bool had_rules = !node.rules.empty();
        add_to_rules(node, record, child);
        if (had_rules && node.rules.empty() && !node.paired) parted.push_back(at);
      }
    }
    if (ends) break;
    at = node.children[static_cast<std::size_t>(child)].node;
    data.nodes[static_cast<std::size_t>(at)].parameter.distribution = record.params[i].distribution;
    note_distribution(data, record.params[i]);
  }
  for (const int node : parted) make_rules(data, node, index, trial);
  if (changed) find_branching(data);
}

void ParameterTree::add_to_rules(Node& node, const TrialRecord& record, int child) {
  std::erase_if(node.rules, [&](Rule& rule) {
    const auto [known, added] = rule.child_of.emplace(key_of(rule.depths, record), child);
    return (!added && known->second != child) || rule.child_of.size() > kMaxValues;
  });
  // The simplest explanation first: among few trials, a parameter of many values fits anything.
  std::stable_sort(node.rules.begin(), node.rules.end(), [](const Rule& a, const Rule& b) {
    return a.child_of.size() < b.child_of.size();
  });
}

void ParameterTree::make_rules(Data& data, int at, std::size_t index, const Get& trial) {
  Node& node = data.nodes[static_cast<std::size_t>(at)];
  std::vector<Rule> singles, pairs;
  const TrialRecord& record = trial(index);
  for (std::size_t d = at == 0 ? 0 : node.depth + 1; d-- > 0;) {
    const Distribution& distribution = record.params[d].distribution;
    if (is_discrete(distribution))
      singles.push_back({{d}, {static_cast<char>(is_category(distribution) ? 1 : 0)}, {}});
  }
  const std::size_t most = std::min(singles.size(), kMostPaired);
  for (std::size_t i = 0; i < most; ++i)
    for (std::size_t k = i + 1; k < most; ++k)
      pairs.push_back({{singles[i].depths[0], singles[k].depths[0]},
                       {singles[i].is_category[0], singles[k].is_category[0]},
                       {}});
  node.paired = false;
  node.rules = std::move(singles);
  scan(data, at, index, trial);
  if (!node.rules.empty()) return;
  node.paired = true;
  node.rules = std::move(pairs);
  scan(data, at, index, trial);
}

// Tells the rules of the node of all trials that come through it, up to and with `index`.
void ParameterTree::scan(Data& data, int at, std::size_t index, const Get& trial) {
  std::vector<const std::string*> path;
  for (int up = at; up > 0; up = data.nodes[static_cast<std::size_t>(up)].parent)
    path.push_back(&data.nodes[static_cast<std::size_t>(up)].parameter.name);
  std::reverse(path.begin(), path.end());
  const std::size_t depth = path.size();
  Node& node = data.nodes[static_cast<std::size_t>(at)];
  for (Child& child : node.children) child.trials = 0;
  for (std::size_t i = 0; i <= index; ++i) {
    const TrialRecord& record = trial(i);
    if (!counts(record) || record.params.size() < depth) continue;
    bool passes = true;
    for (std::size_t d = 0; d < depth && passes; ++d) passes = record.params[d].name == *path[d];
    if (!passes) continue;
    const int child = child_named(
        data, node, record.params.size() == depth ? nullptr : &record.params[depth].name);
    if (child < 0) continue;
    ++node.children[static_cast<std::size_t>(child)].trials;
    add_to_rules(node, record, child);
  }
}

void ParameterTree::find_branching(Data& data) {
  data.branching.clear();
  data.undetermined = false;
  for (const Node& node : data.nodes) {
    if (node.children.size() < 2) continue;
    if (node.rules.empty()) {
      data.undetermined = true;
      continue;
    }
    for (const std::size_t depth : node.rules.front().depths) {
      const Node* up = &node;
      while (up->depth != depth) up = &data.nodes[static_cast<std::size_t>(up->parent)];
      ++data.branching[up->parameter.name];
    }
  }
}

void ParameterTree::extend(std::size_t from, std::size_t to, const Get& trial) {
  std::shared_ptr<Data> own;
  for (std::size_t i = from; i < to; ++i) {
    const TrialRecord& record = trial(i);
    if (!counts(record) || knows(own ? *own : *data_, record)) continue;
    if (!own) own = std::make_shared<Data>(*data_);
    learn(*own, i, trial);
  }
  if (own) data_ = std::move(own);
}

void ParameterTree::Walk::find_next() {
  const Node& node = data_->nodes[static_cast<std::size_t>(at_)];
  next_ = kEnd;
  if (node.children.empty()) return;
  if (node.children.size() == 1) {
    next_ = node.children.front().node;
    return;
  }
  if (node.rules.empty()) {
    const auto often =
        std::max_element(node.children.begin(), node.children.end(),
                         [](const Child& a, const Child& b) { return a.trials < b.trials; });
    next_ = often->node;
    return;
  }
  const int child = node.rules.front().child(values_);
  if (child >= 0) next_ = node.children[static_cast<std::size_t>(child)].node;
}

void ParameterTree::Walk::choose(double internal) {
  at_ = next_;
  values_.push_back(internal);
  find_next();
}

bool ParameterTree::Walk::follow(const Parameter& parameter) {
  if (next_ <= 0 && data_->nodes[static_cast<std::size_t>(at_)].children.empty()) return false;
  // The trial may take another of the known ways than the guess.
  const int child =
      child_named(*data_, data_->nodes[static_cast<std::size_t>(at_)], &parameter.name);
  if (child < 0) {
    next_ = kEnd;
    return false;
  }
  next_ =
      data_->nodes[static_cast<std::size_t>(at_)].children[static_cast<std::size_t>(child)].node;
  choose(parameter.internal);
  return true;
}

}  // namespace hone::tune
