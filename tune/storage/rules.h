// Rules that every storage shares: which trial starts next, who owns a trial, fixed
// parameters.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tune/storage/storage.h"

namespace hone::tune {

// A trial as the choice of the next one sees it.
struct QueueRow {
  std::int64_t id = 0;
  int number = 0;
  TrialState state = TrialState::running;
  bool owned = false;  // RUNNING in a hone process
};

struct StartPlan {
  Started::Kind kind = Started::Kind::full;
  std::int64_t claim = -1;  // the WAITING trial to take; -1: make a new one
  int number = 0;
  int blocker = -1;
};

// `finished_before` trials, all finished, come before `rows`. RUNNING trials of other programs
// neither block nor count towards the limit: nobody here can know whether they still live.
StartPlan plan_start(int finished_before, const std::vector<QueueRow>& rows,
                     const StartRequest& request);

// Names this process; the boot is that of the kernel it runs on.
struct Process {
  std::int64_t pid = 0;
  std::string host, boot_id;
};
Process this_process();

// 32 random hexadecimal digits.
std::string new_token();

// fixed_params of a trial that goes back to the queue: what it has drawn, then what was given
// before.
std::string merge_fixed_params(const std::string& given, const std::vector<Parameter>& drawn);

const char* state_name(TrialState state);
// Throws StoreError that begins with `where` on an unknown name.
TrialState state_from_name(const std::string& name, const std::string& where);
void count_state(StudySummary& summary, TrialState state, int count);
// Keeps the better of the two in summary.best; of several objectives there is none.
void keep_best(StudySummary& summary, double value);

}  // namespace hone::tune
