// Rules that every storage shares.
#include "tune/storage/rules.h"

#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>

#include "tune/json_text.h"

namespace hone::tune {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace

StartPlan plan_start(int finished_before, const std::vector<QueueRow>& rows,
                     const StartRequest& request) {
  int taken = finished_before;
  const QueueRow* waiting = nullptr;
  for (const QueueRow& row : rows) {
    if (is_finished(row.state) || (row.state == TrialState::running && row.owned)) ++taken;
    if (row.state == TrialState::waiting && (waiting == nullptr || row.number < waiting->number))
      waiting = &row;
  }
  if (request.limit > 0 && taken >= request.limit) return {};
  StartPlan plan;
  plan.kind = Started::Kind::started;
  plan.claim = waiting != nullptr ? waiting->id : -1;
  plan.number =
      waiting != nullptr ? waiting->number : finished_before + static_cast<int>(rows.size());
  if (request.lag <= 0) return plan;
  for (const QueueRow& row : rows) {
    if (row.state == TrialState::running && row.owned && row.number <= plan.number - request.lag) {
      plan.kind = Started::Kind::wait;
      plan.blocker = row.number;
    }
  }
  return plan;
}

Process this_process() {
  Process self;
  self.pid = ::getpid();
  std::array<char, 256> text{};
  if (::gethostname(text.data(), text.size() - 1) == 0) self.host = text.data();
  self.boot_id = first_line("/proc/sys/kernel/random/boot_id");
  return self;
}

std::string new_token() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    fail(ErrorKind::internal, "the system gives no random bytes: {}", std::strerror(errno));
  std::string token;
  for (const unsigned char byte : bytes) token += fmt::format("{:02x}", byte);
  return token;
}

std::string merge_fixed_params(const std::string& given, const std::vector<Parameter>& drawn) {
  Json merged = Json::object();
  std::set<std::string_view> known;
  for (const Parameter& parameter : drawn) {
    merged.members().push_back({parameter.name, json_of(parameter.value())});
    known.insert(parameter.name);
  }
  try {
    if (!given.empty()) {
      const JsonDocument old(given, "fixed_params", ErrorKind::storage);
      for (const auto& [name, value] : old.root().members())
        if (!known.contains(name)) merged.members().push_back({name, value.json()});
    }
  } catch (const Error&) {
    return given;  // nobody can read it: whoever starts the trial next says so
  }
  return merged.members().empty() ? "" : write_json(merged);
}

const char* state_name(TrialState state) {
  static constexpr const char* kNames[] = {"RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING"};
  return kNames[static_cast<int>(state)];
}

TrialState state_from_name(const std::string& name, const std::string& where) {
  for (const TrialState state : {TrialState::running, TrialState::complete, TrialState::pruned,
                                 TrialState::fail, TrialState::waiting})
    if (name == state_name(state)) return state;
  fail_store("{}: a trial has the unknown state {}", where, printable(name));
}

void count_state(StudySummary& summary, TrialState state, int count) {
  summary.trials += count;
  switch (state) {
    case TrialState::running:
      summary.running += count;
      break;
    case TrialState::complete:
      summary.complete += count;
      break;
    case TrialState::pruned:
      summary.pruned += count;
      break;
    case TrialState::fail:
      summary.failed += count;
      break;
    case TrialState::waiting:
      summary.waiting += count;
      break;
  }
}

void keep_best(StudySummary& summary, double value) {
  if (summary.directions.size() != 1) return;
  const bool better =
      !summary.best || (summary.directions.front() == Direction::minimize ? value < *summary.best
                                                                          : value > *summary.best);
  if (better) summary.best = value;
}

}  // namespace hone::tune
