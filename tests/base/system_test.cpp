// What the system gives or withholds: processors, threads, space in files.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/parallel_for.h"
#include "base/processors.h"
#include "base/signals.h"
#include "base/threads.h"

namespace fs = std::filesystem;

namespace {

// A tree of files that stands for the one of the system.
class FakeRoot {
 public:
  FakeRoot() {
    std::string name = (fs::temp_directory_path() / "hone_root_XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~FakeRoot() { fs::remove_all(path_); }
  FakeRoot(const FakeRoot&) = delete;
  FakeRoot& operator=(const FakeRoot&) = delete;
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
  }
  std::optional<double> quota() const { return hone::cgroup_cpu_quota(path_); }

 private:
  fs::path path_;
};

// Runs `body` in a child process and returns what it ended with: its exit code, or 128 + the
// signal.
template <class Body>
int in_a_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    ::_exit(body());
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

TEST_CASE("the CPU quota of control groups is read, versions 1 and 2") {
  const std::string v2_mount =
      "31 23 0:28 / /sys/fs/cgroup rw,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
  SUBCASE("none") {
    CHECK(!FakeRoot().quota());
    const FakeRoot root;
    root.write("proc/self/cgroup", "0::/user.slice\n");
    root.write("proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda rw\n" + v2_mount);
    root.write("sys/fs/cgroup/user.slice/cpu.max", "max 100000\n");
    CHECK(!root.quota());
  }
  SUBCASE("version 2: the least of the group and those above it") {
    const FakeRoot root;
    root.write("proc/self/cgroup", "0::/jobs/one/part\n");
    root.write("proc/self/mountinfo", v2_mount);
    root.write("sys/fs/cgroup/jobs/one/part/cpu.max", "max 100000\n");
    root.write("sys/fs/cgroup/jobs/one/cpu.max", "250000 100000\n");
    root.write("sys/fs/cgroup/jobs/cpu.max", "400000 100000\n");
    CHECK(root.quota() == 2.5);
    root.write("sys/fs/cgroup/jobs/one/part/cpu.max", "50000 100000\n");
    CHECK(root.quota() == 0.5);
  }
  SUBCASE("version 2 in a container with a namespace of its own") {
    const FakeRoot root;
    root.write("proc/self/cgroup", "0::/\n");
    root.write("proc/self/mountinfo", v2_mount);
    root.write("sys/fs/cgroup/cpu.max", "150000 100000");
    CHECK(root.quota() == 1.5);
    root.write("proc/self/cgroup", "0::/../other\n");  // moved out of what the container sees
    CHECK(root.quota() == 1.5);
  }
  SUBCASE("version 1") {
    const FakeRoot root;
    root.write("proc/self/cgroup", "4:memory:/a\n3:cpu,cpuacct:/a/b\n1:name=systemd:/\n0::/\n");
    root.write("proc/self/mountinfo",
               "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
               "34 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n");
    root.write("sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_quota_us", "-1\n");
    root.write("sys/fs/cgroup/cpu,cpuacct/a/b/cpu.cfs_period_us", "100000\n");
    CHECK(!root.quota());
    root.write("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "300000\n");
    root.write("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
    CHECK(root.quota() == 3.0);
  }
  SUBCASE("version 1 in a container that sees only its part") {
    const FakeRoot root;
    root.write("proc/self/cgroup", "3:cpu:/docker/abc\n");
    root.write("proc/self/mountinfo",
               "33 31 0:30 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n");
    root.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "20000\n");
    root.write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "10000\n");
    CHECK(root.quota() == 2.0);
  }
  SUBCASE("nonsense is no limit") {
    const FakeRoot root;
    root.write("proc/self/cgroup", "x\n:::\n0::/a\n0:\n");
    root.write("proc/self/mountinfo", "a b\n- - - -\n" + v2_mount);
    for (const char* text : {"", "max", "5", "1 0", "-5 100", "99999999999999999999 1", "a b"}) {
      root.write("sys/fs/cgroup/a/cpu.max", text);
      CHECK(!root.quota());
    }
  }
}

TEST_CASE("the process may use at least one processor and no more than it may run on") {
  const int all = hone::usable_processors();
  CHECK(all >= 1);
  CHECK(in_a_child([] {
          cpu_set_t set;
          CPU_ZERO(&set);
          CPU_SET(::sched_getcpu(), &set);
          return ::sched_setaffinity(0, sizeof set, &set) == 0 ? hone::usable_processors() : 99;
        }) == 1);
}

TEST_CASE("a write beyond the limit on file sizes is an error, not the end of the process") {
  const fs::path file = fs::temp_directory_path() / ("hone_limit_" + std::to_string(::getpid()));
  const int code = in_a_child([&] {
    const rlimit limit{4096, 4096};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
    std::FILE* out = std::fopen(file.c_str(), "w");
    if (out == nullptr) return 2;
    const std::vector<char> bytes(8192, 'x');
    const hone::FileSizeSignalBlock quiet;
    const int fd = ::fileno(out);
    if (::write(fd, bytes.data(), bytes.size()) != 4096) return 3;
    {
      const hone::FileSizeSignalBlock nested;
      if (::write(fd, bytes.data(), bytes.size()) != -1 || errno != EFBIG) return 4;
    }
    if (errno != EFBIG) return 5;
    hone::write_file_atomic(file, "old");
    try {
      hone::write_file_atomic(file, std::string(8192, 'x'));
    } catch (const hone::Error& error) {
      const bool kept = hone::read_text_file(file, 100) == "old";
      return kept && error.kind() == hone::ErrorKind::storage ? 0 : 6;
    }
    return 7;
  });
  fs::remove(file);
  CHECK(code == 0);
}

#ifndef HONE_SANITIZED
TEST_CASE("where no thread can be made, the work is done by those that are there") {
  CHECK(
      in_a_child([] {
        std::ifstream pages("/proc/self/statm");
        rlim_t size = 0;
        pages >> size;
        const rlimit limit{size * 4096 + (rlim_t{4} << 20), RLIM_INFINITY};  // no room for a stack
        if (::setrlimit(RLIMIT_AS, &limit) != 0) return 1;
        for (int round = 0; round < 3; ++round) {
          std::atomic<int> sum{0};
          hone::parallel_for(64, 100, [&](std::int64_t i, int) { sum += static_cast<int>(i); });
          if (sum != 4950) return 2;
        }
        std::atomic<int> ran{0};
        const int threads = hone::run_on_threads(64, [&](int) { ++ran; });
        return threads >= 1 && threads < 64 && ran == threads ? 0 : 3;
      }) == 0);
}
#endif

TEST_CASE("threads for jobs all run, and the first exception comes back when all have ended") {
  std::vector<int> seen(5);
  CHECK(hone::run_on_threads(5, [&](int worker) { ++seen[static_cast<std::size_t>(worker)]; }) ==
        5);
  CHECK(seen == std::vector<int>(5, 1));
  std::atomic<int> ended{0};
  CHECK_THROWS_WITH_AS(hone::run_on_threads(4,
                                            [&](int worker) {
                                              ++ended;
                                              hone::check(worker != 2, "worker {}", worker);
                                            }),
                       "worker 2", hone::Error);
  CHECK(ended == 4);
}
