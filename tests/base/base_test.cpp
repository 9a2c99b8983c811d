// base: the generator, parallel_for, files and messages that everything above relies on.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <numeric>
#include <thread>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "base/files.h"
#include "base/parallel_for.h"
#include "base/philox.h"
#include "base/utf8.h"
#include "base/version.h"

namespace fs = std::filesystem;

namespace {
struct TemporaryFolder {
  fs::path path = fs::temp_directory_path() / ("hone_base_test_" + std::to_string(::getpid()));
  TemporaryFolder() { fs::create_directories(path); }
  ~TemporaryFolder() { fs::remove_all(path); }
};
}  // namespace

TEST_CASE("philox gives the published known answers") {
  // Known-answer vectors of the Random123 distribution for philox4x32-10.
  const auto zero = hone::philox(0, {{0, 0, 0, 0}});
  CHECK(zero.v[0] == 0x6627e8d5u);
  CHECK(zero.v[1] == 0xe169c58du);
  CHECK(zero.v[2] == 0xbc57ac4cu);
  CHECK(zero.v[3] == 0x9b00dbd8u);
  const auto ones = hone::philox(~0ull, {{~0u, ~0u, ~0u, ~0u}});
  CHECK(ones.v[0] == 0x408f276du);
  CHECK(ones.v[1] == 0x41c83b0eu);
  CHECK(ones.v[2] == 0xa20bc7c6u);
  CHECK(ones.v[3] == 0x6d5451fdu);
}

TEST_CASE("a philox stream has the mean and spread of its distributions") {
  hone::PhiloxStream stream(7);
  double sum = 0, normal_sum = 0, normal_squares = 0;
  std::vector<int> counts(5);
  const int n = 200000;
  for (int i = 0; i < n; ++i) {
    sum += stream.uniform();
    const double z = stream.normal();
    normal_sum += z;
    normal_squares += z * z;
    ++counts[stream.below(5)];
  }
  CHECK(std::abs(sum / n - 0.5) < 0.003);
  CHECK(std::abs(normal_sum / n) < 0.01);
  CHECK(std::abs(normal_squares / n - 1) < 0.02);
  for (const int count : counts) CHECK(std::abs(count - n / 5) < 5 * std::sqrt(n / 5.0));
}

TEST_CASE("parallel_for runs every chunk once and passes exceptions on") {
  for (const int threads : {1, 2, 5}) {
    std::vector<int> seen(100);
    hone::parallel_for(threads, 100,
                       [&](std::int64_t i, int) { ++seen[static_cast<std::size_t>(i)]; });
    CHECK(seen == std::vector<int>(100, 1));
    CHECK_THROWS_AS(
        hone::parallel_for(threads, 8,
                           [](std::int64_t i, int) { hone::check(i != 5, "chunk {}", i); }),
        hone::Error);
  }
}

TEST_CASE("parallel_for works in many threads at once, nested, and in a forked child") {
  const auto sum_of = [](int threads, std::int64_t chunks) {
    std::vector<std::int64_t> parts(static_cast<std::size_t>(chunks));
    hone::parallel_for(threads, chunks, [&](std::int64_t i, int worker) {
      CHECK((worker >= 0 && worker < threads));
      hone::parallel_for(threads, 2, [&](std::int64_t k, int inner) {
        CHECK(inner == 0);
        parts[static_cast<std::size_t>(i)] += i + k;
      });
    });
    return std::accumulate(parts.begin(), parts.end(), std::int64_t{0});
  };
  std::vector<std::thread> callers;
  std::atomic<int> right{0};
  for (int caller = 0; caller < 3; ++caller)
    callers.emplace_back([&] {
      for (int round = 0; round < 200; ++round) right += sum_of(1 + round % 4, 16) == 256;
    });
  for (std::thread& caller : callers) caller.join();
  CHECK(right == 600);
  CHECK(sum_of(4, 16) == 256);  // this thread has helpers now; its child has none of them
  const pid_t child = ::fork();
  if (child == 0) ::_exit(sum_of(4, 16) == 256 ? 0 : 1);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a file is written whole or not at all") {
  const TemporaryFolder folder;
  const fs::path file = folder.path / "a.txt";
  hone::write_file_atomic(file, "first");
  hone::write_file_atomic(file, "second");
  CHECK(hone::read_text_file(file, 100) == "second");
  CHECK_THROWS_WITH_AS(hone::read_text_file(file, 3), doctest::Contains("the limit here is 3"),
                       hone::Error);
  CHECK_THROWS_WITH_AS(hone::read_text_file(folder.path, 3), doctest::Contains("regular file"),
                       hone::Error);
  REQUIRE(::mkfifo((folder.path / "pipe").c_str(), 0600) == 0);
  CHECK_THROWS_WITH_AS(hone::read_text_file(folder.path / "pipe", 3),
                       doctest::Contains("regular file"), hone::Error);
  fs::remove(folder.path / "pipe");
  CHECK_THROWS_WITH_AS(hone::write_file_atomic(folder.path / "none" / "b", "x"),
                       doctest::Contains("cannot be written"), hone::Error);
  CHECK(std::distance(fs::directory_iterator(folder.path), fs::directory_iterator()) == 1);
}

TEST_CASE("writing keeps a symbolic link and the mode of a file, and heeds the umask") {
  const TemporaryFolder folder;
  const fs::path target = folder.path / "deep" / "target", link = folder.path / "link";
  fs::create_directories(target.parent_path());
  fs::create_symlink("deep/target", link);
  const auto mode_of = [](const fs::path& path) {
    return static_cast<unsigned>(fs::status(path).permissions());
  };
  const mode_t before = ::umask(027);
  hone::write_file_atomic(link, "through a dangling link");
  ::umask(before);
  CHECK(mode_of(target) == 0640);
  REQUIRE(::chmod(target.c_str(), 0604) == 0);
  hone::write_file_atomic(link, "again");
  CHECK(fs::is_symlink(link));
  CHECK(hone::read_text_file(target, 100) == "again");
  CHECK(mode_of(target) == 0604);
  CHECK(std::distance(fs::directory_iterator(target.parent_path()), fs::directory_iterator()) == 1);
  fs::create_symlink("circle", folder.path / "circle");
  CHECK_THROWS_WITH_AS(hone::write_file_atomic(folder.path / "circle", "x"),
                       doctest::Contains("circle"), hone::Error);
}

TEST_CASE("nothing but a regular file is replaced") {
  const TemporaryFolder folder;
  const fs::path pipe = folder.path / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  for (const fs::path& path : {pipe, folder.path})
    CHECK_THROWS_WITH_AS(hone::write_file_atomic(path, "x"), doctest::Contains("cannot be written"),
                         hone::Error);
  CHECK(fs::is_fifo(pipe));
}

TEST_CASE("an error carries its kind and control characters are shown, not sent") {
  try {
    hone::fail(hone::ErrorKind::data, "{}: bad", "x");
  } catch (const hone::Error& error) {
    CHECK(error.exit_code() == 3);
    CHECK(std::string(error.what()) == "x: bad");
  }
}

TEST_CASE("text from outside is shown, not sent") {
  const auto shown = [](std::string_view text) { return hone::printable(text); };
  CHECK(shown("a\x1b[31m\n\t\x7f") == "a\\x1b[31m\\x0a\\x09\\x7f");
  CHECK(shown("ü 漢 🎓") == "ü 漢 🎓");
  CHECK(shown("\xc2\x9b"
              "2J") == "\\u{9b}2J");  // a C1 control: CSI in one character
  CHECK(shown("\x9b"
              "2J") ==
        "\\x9b"
        "2J");  // the same as one byte, which is no UTF-8
  CHECK(shown("\xe2\x80\xae"
              "cba") == "\\u{202e}cba");  // turns the reading direction
  CHECK(shown("\xe2\x80\xa8") == "\\u{2028}");
  CHECK(shown("\xc0\xaf") == "\\xc0\\xaf");           // overlong
  CHECK(shown("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // a surrogate
  CHECK(shown("x\xf0\x9f") == "x\\xf0\\x9f");         // cut off
  CHECK(shown(std::string_view("\0", 1)) == "\\x00");
  CHECK(hone::printable_lines("a\nb\r\n") == "a\nb\\x0d\n");
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text(3, static_cast<char>(byte));
    CHECK(hone::is_utf8(shown(text)));
    CHECK(shown(shown(text)) == shown(text));
  }
}

TEST_CASE("the digest changes with any byte") {
  std::string text(1000, 'a');
  const std::string before = hone::digest_hex(text.data(), text.size());
  CHECK(before.size() == 32);
  text[500] = 'b';
  CHECK(hone::digest_hex(text.data(), text.size()) != before);
}
