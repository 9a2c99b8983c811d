// What the programs share: text for the terminal, numbers of the command line, the output folder.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "apps/common/console.h"
#include "apps/common/number_option.h"
#include "apps/common/output_folder.h"
#include "apps/common/program.h"
#include "base/error.h"
#include "base/files.h"
#include "tests/tune/temp_folder.h"

namespace fs = std::filesystem;

namespace hone::app {
namespace {

// What `text` becomes, or the refusal.
std::string transformed(const CLI::Validator& validator, std::string text) {
  const std::string refusal = validator(text);
  return refusal.empty() ? text : "refused: " + refusal;
}

// A folder of a run with the messages that it gave.
struct Opened {
  explicit Opened(const fs::path& path)
      : folder(path, "tester", [this](const std::string& line) { said.push_back(line); }) {}
  std::vector<std::string> said;
  OutputFolder folder;
};

std::string text_of(const fs::path& file) { return read_text_file(file, 1 << 20); }

TEST_CASE("a text keeps our own style and shows everything else") {
  const Text text = "a\x1b[2J " + bold("b\n\x9b") + " c";
  CHECK(text.shown(false) == "a\\x1b[2J b\\x0a\\x9b c");
  CHECK(text.shown(true) == "a\\x1b[2J \x1b[1mb\\x0a\\x9b\x1b[0m c");
  CHECK(bold("").shown(true).empty());
}

TEST_CASE("whole numbers of the command line are decimal digits within their range") {
  const CLI::Validator number = whole_number(1, 1000);
  CHECK(transformed(number, "010") == "10");
  CHECK(transformed(number, "1000") == "1000");
  for (const char* bad : {"", " 1", "1 ", "+1", "-1", "0", "1001", "0x10", "1e2", "1.0", "ten",
                          "1_0", "99999999999999999999", "18446744073709551617"}) {
    CAPTURE(bad);
    CHECK(transformed(number, bad) ==
          "refused: " + std::string(bad) + " is not a whole number from 1 to 1000");
  }
}

TEST_CASE("real numbers of the command line are decimal, finite and within their range") {
  const CLI::Validator number = real_number(0, 1e9);
  CHECK(transformed(number, "0.50") == "0.5");
  CHECK(transformed(number, "1e3") == "1000");
  for (const char* bad :
       {"", "nan", "-nan", "inf", "-0.5", "0x1p3", "1,5", "1e10", "1e999", "1.0s"}) {
    CAPTURE(bad);
    CHECK(transformed(number, bad).starts_with("refused: "));
  }
}

TEST_CASE("amounts of the command line may have an exponent where they are whole and exact") {
  const CLI::Validator amount = whole_amount(0, std::uint64_t{1} << 62);
  for (const char* million :
       {"1000000", "1e6", "1E6", "1.0e+6", "0.001e9", "10000000e-1", "01e6"}) {
    CAPTURE(million);
    CHECK(transformed(amount, million) == "1000000");
  }
  CHECK(transformed(amount, "2.5e9") == "2500000000");
  CHECK(transformed(amount, "9007199254740993e0") == "9007199254740993");  // no double has it
  CHECK(transformed(amount, "4611686018427387904") == "4611686018427387904");
  for (const char* zero : {"0", "0e5", "0.0"}) CHECK(transformed(amount, zero) == "0");
  for (const char* bad :
       {"", "e6", ".", "1e", "1e+", "1e1.5", "1.5", "1e-1", "5e18", "1e99", "-1e3", "+1e3", " 1e6",
        "1e6 ", "0x10", "1e999999999999", "inf", "nan", "1..0"}) {
    CAPTURE(bad);
    CHECK(transformed(amount, bad).starts_with("refused: " + std::string(bad) + " is not a whole"));
  }
}

TEST_CASE("sizes of the command line are bytes, and what is none is refused with examples") {
  CHECK(transformed(byte_size(), "1.5GiB") == "1610612736");
  CHECK(transformed(byte_size(), "1e6") == "1000000");
  const std::string refusal = transformed(byte_size(), "2G");
  CHECK(refusal.starts_with("refused: 2G is not a size in bytes"));
  CHECK(refusal.find("512MiB") != std::string::npos);
}

TEST_CASE("words that no option takes are told in their order") {
  CLI::App app;
  const char* const words[] = {"tester", "one", "--two", "three"};
  CHECK_THROWS_WITH_AS(parse_arguments(app, "tester", 4, words),
                       doctest::Contains("one --two three"), Error);
}

TEST_CASE("a command line is printed as a shell reads it back") {
  const char* const words[] = {"tune", "--out", "it's $HOME", "", "a=b"};
  CHECK(command_line(5, words) == "tune --out 'it'\\''s $HOME' '' a=b");
}

TEST_CASE("a program ends with the code of its error") {
  CHECK(run_program("tester", [] { return 7; }) == 7);
  CHECK(run_program("tester", []() -> int { fail(ErrorKind::device, "gone"); }) == 5);
  CHECK(run_program("tester", []() -> int { throw std::bad_alloc(); }) == 1);
  CHECK(run_program("tester", []() -> int { throw std::runtime_error("odd"); }) == 1);
}

TEST_CASE("an output folder replaces and removes what it wrote") {
  const TempFolder temp;
  const fs::path path = temp.path / "out";
  {
    Opened first(path);
    first.folder.write("a", "one");
    first.folder.write("a", "two");
    first.folder.write("b", [](const fs::path& file) { write_file_atomic(file, "by another"); });
    CHECK(first.said.empty());
  }
  Opened second(path);
  second.folder.write("a", "three");
  CHECK(text_of(path / "a") == "three");
  CHECK(text_of(path / "b") == "by another");
  second.folder.remove_all();
  CHECK(second.said.empty());
  CHECK_FALSE(fs::exists(path / "a"));
  CHECK_FALSE(fs::exists(path / "b"));
  CHECK(std::distance(fs::directory_iterator(path), fs::directory_iterator()) ==
        2);  // lock, manifest
}

TEST_CASE("an output folder keeps what somebody else wrote or changed") {
  const TempFolder temp;
  write_file_atomic(temp.path / "a", "theirs");
  write_file_atomic(temp.path / "empty", "");
  Opened opened(temp.path);
  CHECK_FALSE(opened.folder.remove("a"));
  opened.folder.write("a", "ours");
  opened.folder.write("empty", "ours");
  REQUIRE(opened.said.size() == 1);
  CHECK(text_of(temp.path / "a.kept") == "theirs");
  write_file_atomic(temp.path / "a", "OURS");  // of the same size
  CHECK_FALSE(opened.folder.remove("a"));
  opened.folder.remove_all();
  CHECK(opened.said.size() == 2);
  CHECK(text_of(temp.path / "a") == "OURS");
  CHECK_FALSE(fs::exists(temp.path / "empty"));
  opened.folder.write("a", "ours again");
  CHECK(text_of(temp.path / "a.kept-2") == "OURS");
}

TEST_CASE("a kill while a file is replaced leaves a file that is known") {
  const std::string more(5000, 'x');
  for (const std::string& left : {std::string("old"), more}) {
    const TempFolder temp;
    Opened opened(temp.path);
    opened.folder.write("a", "old");
    // Stands for the kill: the manifest is written, the file is too large.
    rlimit limit{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit) == 0);
    const rlimit small{1000, limit.rlim_max};
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    CHECK_THROWS_AS(opened.folder.write("a", more), Error);
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    std::signal(SIGXFSZ, handler);
    write_file_atomic(temp.path / "a", left);
    CHECK(opened.folder.remove("a"));
  }
}

TEST_CASE(
    "what a kill leaves of a file that writes itself is removed by the next run, and no more") {
  const TempFolder temp;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    Opened opened(temp.path);
    opened.folder.write("model", [](const fs::path& part) {
      write_file_atomic(part, "half");
      ::_exit(0);  // as killed
    });
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  const auto scratch = [&] {
    std::vector<fs::path> folders;
    for (const auto& entry : fs::directory_iterator(temp.path))
      if (entry.is_directory()) folders.push_back(entry.path());
    return folders;
  };
  REQUIRE(scratch().size() == 1);
  const fs::path left = scratch()[0], other = temp.path / ".hone-AbCdEf";
  CHECK(text_of(left / "model") == "half");
  fs::create_directory(other);
  write_file_atomic(other / "model", "mine");
  SUBCASE("as it was left") {
    Opened opened(temp.path);
    CHECK(scratch() == std::vector{other});
    opened.folder.write("model", [](const fs::path& part) { write_file_atomic(part, "whole"); });
    CHECK(text_of(temp.path / "model") == "whole");
  }
  SUBCASE("with a file of somebody else in it") {
    write_file_atomic(left / "mine", "mine");
    const Opened opened(temp.path);
    CHECK(text_of(left / "mine") == "mine");
    CHECK_FALSE(fs::exists(left / "model"));
  }
  SUBCASE("with a link in its place") {
    fs::remove_all(left);
    fs::create_symlink(other, left);
    const Opened opened(temp.path);
    CHECK(fs::is_symlink(left));
  }
  CHECK(text_of(other / "model") == "mine");
  const Opened again(temp.path);
  CHECK(text_of(other / "model") == "mine");
}

TEST_CASE("an output folder keeps notes, and says which files are as they were written") {
  const TempFolder temp;
  const fs::path path = temp.path / "out";
  {
    Opened first(path);
    CHECK_FALSE(first.folder.lists_any());
    first.folder.write("a", "one");
    first.folder.set_note("study", "{\"name\": \"# a b\"}");
    first.folder.set_note("gone", "text");
    first.folder.set_note("gone", "");
  }
  {
    const OutputFolder looked = OutputFolder::reading(path);
    CHECK(looked.note("study") == "{\"name\": \"# a b\"}");
    CHECK(looked.note("gone").empty());
    CHECK(looked.intact("a"));
    CHECK(looked.lists("a"));
    const Opened beside(path);  // looking locks nothing
  }
  write_file_atomic(path / "a", "two");
  Opened second(path);
  CHECK_FALSE(second.folder.intact("a"));
  CHECK(second.folder.lists_any());
  second.folder.write("b", "three");
  second.folder.remove_all();
  CHECK(second.folder.note("study").empty());
  CHECK_FALSE(fs::exists(temp.path / "none"));
  CHECK_FALSE(OutputFolder::reading(temp.path / "none").lists_any());
  CHECK_FALSE(fs::exists(temp.path / "none"));
}

TEST_CASE("a damaged manifest is told; what it still lists as it is stays ours, no note does") {
  const TempFolder temp;
  const fs::path manifest = temp.path / OutputFolder::kManifest;
  {
    Opened first(temp.path);
    first.folder.write("a", "one");
    first.folder.write("b", "two");
    first.folder.set_note("study", "s1");
    CHECK(first.said.empty());
  }
  const std::string whole = text_of(manifest);
  const std::size_t line_of_a = whole.rfind('\n', whole.find(" 3 a")) + 1;
  for (const std::size_t at : {std::size_t{3}, whole.find("s1"), line_of_a, whole.size() - 2}) {
    std::string text = whole;
    text[at] = text[at] == '0' ? '1' : '0';
    write_file_atomic(manifest, text);
    Opened opened(temp.path);
    REQUIRE(opened.said.size() == 1);
    CHECK(opened.said[0].find(".hone-manifest: is damaged") != std::string::npos);
    CHECK(opened.folder.note("study").empty());
    CHECK(opened.folder.intact("a") == (at != line_of_a));
    CHECK(opened.folder.intact("b"));
  }
  for (const std::string& text : {std::string(), whole.substr(0, line_of_a)}) {
    write_file_atomic(manifest, text);
    {
      Opened opened(temp.path);
      CHECK(opened.said.size() == 1);
      CHECK_FALSE(opened.folder.intact("a"));
      opened.folder.set_note("x", "y");
    }
    CHECK(Opened(temp.path).said.empty());  // written anew it is whole
  }
  SUBCASE("one of a version that had no digest of the list is believed") {
    std::string old = whole.substr(0, whole.rfind("#= "));
    old.replace(0, old.find('\n'), whole.substr(0, whole.find(" Last")));
    write_file_atomic(manifest, old);
    const Opened opened(temp.path);
    CHECK(opened.said.empty());
    CHECK(opened.folder.intact("a"));
    CHECK(opened.folder.note("study") == "s1");
  }
}

TEST_CASE("what a link in the folder leads to is replaced when it is ours, and not touched else") {
  const TempFolder temp;
  const fs::path out = temp.path / "out", mine = temp.path / "mine", page = temp.path / "page";
  fs::create_directory(out);
  write_file_atomic(mine, "mine");
  fs::create_symlink("../mine", out / "a");
  fs::create_symlink("../page", out / "b");  // to nothing yet
  Opened opened(out);
  opened.folder.write("a", "ours");
  opened.folder.write("b", "ours");
  opened.folder.write("b", "ours again");
  CHECK(text_of(mine) == "mine");
  CHECK(text_of(out / "a") == "ours");
  CHECK_FALSE(fs::is_symlink(out / "a"));
  CHECK(fs::is_symlink(out / "a.kept"));
  CHECK(text_of(page) == "ours again");
  CHECK(fs::is_symlink(out / "b"));
  CHECK(opened.said.size() == 1);
  write_file_atomic(page, "edited");  // it was ours: what replaces it stays where it is read
  opened.folder.write("b", "ours");
  CHECK(text_of(page) == "ours");
  CHECK(text_of(temp.path / "page.kept") == "edited");
}

TEST_CASE("one program at a time has an output folder, and its places are checked") {
  const TempFolder temp;
  Opened opened(temp.path);
  CHECK_THROWS_WITH_AS(Opened(temp.path), doctest::Contains("another tester is running"), Error);
  fs::create_directory(temp.path / "sub");
  CHECK_THROWS_WITH_AS(opened.folder.check_places({"a", "sub"}),
                       doctest::Contains("sub: is not a file"), Error);
  opened.folder.check_places({"a"});
}

}  // namespace
}  // namespace hone::app
