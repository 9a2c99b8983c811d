// The affinity of the process, and the quota files of its control groups.
#include "base/processors.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/numbers.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

// Files of /proc and /sys have no size, so they are read by line. A file that is missing is empty.
std::vector<std::string> lines_of(const fs::path& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; lines.size() < 10000 && std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool contains(std::string_view list, std::string_view item) {
  const std::vector<std::string_view> items = split(list, ',');
  return std::find(items.begin(), items.end(), item) != items.end();
}

// Where the control groups of CPU time are mounted, and which part of their tree is seen there.
struct Hierarchy {
  bool v2 = false;
  std::string mounted_at, root;
};

// A line of mountinfo: id, parent, device, root, mount point, options..., "-", type, source,
// options.
std::optional<Hierarchy> hierarchy_in(std::string_view line) {
  const std::vector<std::string_view> fields = split(line, ' ');
  const auto dash = std::find(fields.begin(), fields.end(), "-");
  if (fields.size() < 5 || fields.end() - dash < 4) return std::nullopt;
  const bool v2 = dash[1] == "cgroup2", v1 = dash[1] == "cgroup" && contains(dash[3], "cpu");
  if (!v1 && !v2) return std::nullopt;
  return Hierarchy{.v2 = v2, .mounted_at = std::string(fields[4]), .root = std::string(fields[3])};
}

// The group of this process: lines are "id:controllers:path", version 2 has id 0 and no
// controllers.
std::optional<std::string> group_in(const std::vector<std::string>& lines, bool v2) {
  for (const std::string& line : lines) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const auto controllers = std::string_view(line).substr(first + 1, second - first - 1);
    if (v2 ? controllers.empty() : contains(controllers, "cpu")) return line.substr(second + 1);
  }
  return std::nullopt;
}

std::optional<double> ratio(std::string_view quota, std::string_view period) {
  const std::optional<std::int64_t> q = parse_int(quota), p = parse_int(period);
  if (!q || !p || *q <= 0 || *p <= 0) return std::nullopt;  // "max" or -1: no limit
  return static_cast<double>(*q) / static_cast<double>(*p);
}

std::optional<double> quota_in(const fs::path& folder, bool v2) {
  if (v2) {
    const std::vector<std::string> lines = lines_of(folder / "cpu.max");
    if (lines.empty()) return std::nullopt;
    const std::vector<std::string_view> fields = split(lines[0], ' ');
    return fields.size() == 2 ? ratio(fields[0], fields[1]) : std::nullopt;
  }
  const auto quota = lines_of(folder / "cpu.cfs_quota_us");
  const auto period = lines_of(folder / "cpu.cfs_period_us");
  return quota.empty() || period.empty() ? std::nullopt : ratio(quota[0], period[0]);
}

std::optional<double> least(std::optional<double> a, std::optional<double> b) {
  return !a || (b && *b < *a) ? b : a;
}

// A limit of a group holds for all groups below it.
std::optional<double> least_quota(const fs::path& root, const Hierarchy& at, std::string group) {
  // Without a namespace of its own a container sees its group's full path, but only its part
  // mounted.
  if (at.root != "/")
    group = (group + "/").starts_with(at.root + "/") ? group.substr(at.root.size()) : "";
  const fs::path top = root / fs::path(at.mounted_at).relative_path();
  fs::path folder = top;
  std::optional<double> quota = quota_in(top, at.v2);
  for (const std::string_view name : split(group, '/')) {
    if (name.empty()) continue;
    if (name == "..") return quota;  // the group lies outside of what is mounted
    folder /= name;
    quota = least(quota, quota_in(folder, at.v2));
  }
  return quota;
}

}  // namespace

std::optional<double> cgroup_cpu_quota(const fs::path& root) {
  const std::vector<std::string> groups = lines_of(root / "proc/self/cgroup");
  std::optional<double> quota;
  for (const std::string& line : lines_of(root / "proc/self/mountinfo"))
    if (const std::optional<Hierarchy> at = hierarchy_in(line))
      if (const std::optional<std::string> group = group_in(groups, at->v2))
        quota = least(quota, least_quota(root, *at, *group));
  return quota;
}

int usable_processors() {
  int count = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) count = CPU_COUNT(&set);
#endif
  const std::optional<double> quota = cgroup_cpu_quota();
  return quota ? std::max(1, std::min(count, static_cast<int>(std::ceil(std::min(*quota, 1e6)))))
               : std::max(1, count);
}

}  // namespace hone
