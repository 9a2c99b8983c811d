// How many processors this process may use.
#pragma once

#include <filesystem>
#include <optional>

namespace hone {

// The processors that the process may run on (a container or taskset may allow fewer than there
// are), or the CPU quota of its control group, rounded up, where that is less. At least 1.
int usable_processors();

// The least CPU quota of this process's control group and of those above it, in processors (0.5:
// half of one's time); nothing when there is none. Reads cgroup versions 1 and 2 below `root`,
// which tests replace: proc/self/cgroup, proc/self/mountinfo and the files that these name.
std::optional<double> cgroup_cpu_quota(const std::filesystem::path& root = "/");

}  // namespace hone
