// Rules that every storage shares.
#include "tune/storage/rules.h"

#include <signal.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "tune/json_text.h"

namespace hone::tune {
namespace {

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// Field 22 of /proc/<pid>/stat: a pid that is used again has another start time. Empty: no such
// process.
std::string start_of_process(std::int64_t pid) {
  const std::string line = first_line(fmt::format("/proc/{}/stat", pid));
  const std::size_t name_end = line.rfind(')');  // the name may hold spaces and parentheses
  if (name_end == std::string::npos) return {};
  std::istringstream rest(line.substr(name_end + 1));
  std::string field;
  for (int i = 3; i <= 22; ++i) rest >> field;
  return field;
}

// The state letter: a zombie (Z) or dead (X) process holds nothing any more.
bool process_runs(std::int64_t pid) {
  const std::string line = first_line(fmt::format("/proc/{}/stat", pid));
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos || name_end + 2 >= line.size()) return false;
  return line[name_end + 2] != 'Z' && line[name_end + 2] != 'X';
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

Owner this_process() {
  Owner owner;
  owner.pid = ::getpid();
  std::array<char, 256> text{};
  if (::gethostname(text.data(), text.size() - 1) == 0) owner.host = text.data();
  owner.boot_id = first_line("/proc/sys/kernel/random/boot_id");
  text.fill(0);
  if (::readlink("/proc/self/ns/pid", text.data(), text.size() - 1) > 0)
    owner.pid_namespace = text.data();
  owner.process_start = start_of_process(owner.pid);
  return owner;
}

bool is_dead(const Owner& owner) {
  const Owner self = this_process();
  const bool same_boot = owner.boot_id == self.boot_id;
  if (same_boot && owner.pid_namespace == self.pid_namespace) {
    if (::kill(static_cast<pid_t>(owner.pid), 0) != 0 && errno == ESRCH) return true;
    return !process_runs(owner.pid) || start_of_process(owner.pid) != owner.process_start;
  }
  // The host was started anew, or the container was: its processes are gone. Should one live
  // nevertheless, its token is no longer valid and its result is dropped.
  return owner.host == self.host;
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
  std::string list;
  const auto add = [&](const std::string& name, const std::string& json) {
    list += (list.empty() ? "" : ", ") + json_quoted(name) + ": " + json;
  };
  for (const Parameter& parameter : drawn) add(parameter.name, to_json(parameter.value()));
  if (!given.empty()) {
    const JsonDocument old(given, "fixed_params", ErrorKind::storage);
    for (const auto& [name, value] : old.root().members()) {
      bool known = false;
      for (const Parameter& parameter : drawn) known = known || parameter.name == name;
      if (!known) add(name, write_json(value.json()));
    }
  }
  return list.empty() ? "" : "{" + list + "}";
}

const char* state_name(TrialState state) {
  static constexpr const char* kNames[] = {"RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING"};
  return kNames[static_cast<int>(state)];
}

TrialState state_from_name(const std::string& name) {
  for (const TrialState state : {TrialState::running, TrialState::complete, TrialState::pruned,
                                 TrialState::fail, TrialState::waiting})
    if (name == state_name(state)) return state;
  fail(ErrorKind::storage, "a trial has the unknown state {}", printable(name));
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
  const bool better =
      !summary.best || (summary.directions.front() == Direction::minimize ? value < *summary.best
                                                                          : value > *summary.best);
  if (better) summary.best = value;
}

}  // namespace hone::tune
