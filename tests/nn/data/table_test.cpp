// CSV with names, types, missing values and categories.
#include "nn/data/table.h"

#include <cmath>

#include "tests/nn/data/data_test.h"

using namespace data_test;
using namespace hone;
using namespace hone::nn::data;

namespace {

std::string refusal(const std::string& text, const CsvOptions& options = {}) {
  return data_error([&] { parse_csv(text, "t.csv", options); });
}

}  // namespace

TEST_CASE(
    "a table has numbers where all cells are, categories elsewhere, and knows what is missing") {
  const Table table = parse_csv(
      "length, width,kind,code\n5.1,3.5,setosa,1\n7,,versicolor,2\n-6e-1,NA,,1\n+2, 4 ,setosa,?\n",
      "t.csv", {.categories = {"code"}});
  CHECK(table.rows == 4);
  REQUIRE(table.columns.size() == 4);
  CHECK(table.column("length").numbers == std::vector<double>{5.1, 7, -0.6, 2});
  const TableColumn& width = table.column("width");
  CHECK(width.is_number);
  CHECK(width.numbers[0] == 3.5);
  CHECK(std::isnan(width.numbers[1]));
  CHECK(std::isnan(width.numbers[2]));
  CHECK(width.numbers[3] == 4);
  const TableColumn& kind = table.column("kind");
  CHECK_FALSE(kind.is_number);
  CHECK(kind.categories == std::vector<std::string>{"setosa", "versicolor"});
  CHECK(kind.codes == std::vector<std::int32_t>{0, 1, -1, 0});
  CHECK(table.column("code").categories == std::vector<std::string>{"1", "2"});
  CHECK(table.column("code").codes == std::vector<std::int32_t>{0, 1, 0, -1});
  const Table part = table.select(std::vector<std::int32_t>{3, 0});
  CHECK(part.rows == 2);
  CHECK(part.column("length").numbers == std::vector<double>{2, 5.1});
  CHECK(part.column("kind").codes == std::vector<std::int32_t>{0, 0});
  CHECK(part.column("kind").categories.size() == 2);
  CHECK_THROWS_WITH(table.column("colour"),
                    "t.csv: there is no column 'colour'; its columns: length, width, kind, code");
  CHECK_THROWS_AS(table.select(std::vector<std::int32_t>{4}), Error);
}

TEST_CASE("quotes, line ends, byte-order marks and other delimiters are what they are elsewhere") {
  const Table table = parse_csv(
      "\xef\xbb\xbf"
      "a,\"b \"\"x\"\", c\"\r\n\r\n\"1\n2\",3\r\n\"\",NA",
      "t.csv");
  CHECK(table.rows == 2);
  CHECK(table.columns[1].name == "b \"x\", c");
  CHECK(table.columns[0].categories == std::vector<std::string>{"1\n2"});
  CHECK(table.columns[0].codes == std::vector<std::int32_t>{0, -1});
  // Where the rows begin: behind an empty line, behind a cell of two lines.
  CHECK(table.lines == std::vector<std::int64_t>{3, 5});
  CHECK(table.place(1) == "t.csv: line 5");
  CHECK(table.select(std::vector<std::int32_t>{1}).place(0) == "t.csv: line 5");
  CHECK(Table{.columns = {}, .rows = 2}.place(1) == "table: row 2");
  CHECK(table.columns[1].numbers[0] == 3);
  CHECK(parse_csv("a;b\n1,5;2\n", "t.csv", {.delimiter = ';'}).column("a").categories[0] == "1,5");
  // What is no decimal number is a text.
  for (const char* text : {"info", "0x1", "1e999x", "+-1", "++1", "1 2", "1.2.3", "1,5", "+"})
    CHECK_FALSE(parse_csv(std::string("a;b\n1;1\n") + text + ";1\n", "t.csv", {.delimiter = ';'})
                    .columns[0]
                    .is_number);
}

TEST_CASE("a number beyond the doubles is infinite, one too small is zero, NaN is missing") {
  const Table table =
      parse_csv("a\n1\ninf\n-Infinity\n1e999\n-1e999\n1e-999\nNAN\n-nan\n", "t.csv");
  REQUIRE(table.columns[0].is_number);
  const std::vector<double>& numbers = table.columns[0].numbers;
  CHECK(std::vector<double>(numbers.begin(), numbers.begin() + 6) ==
        std::vector<double>{1, INFINITY, -INFINITY, INFINITY, -INFINITY, 0});
  CHECK(std::isnan(numbers[6]));
  CHECK(std::isnan(numbers[7]));
}

TEST_CASE("a decimal comma is read where it is asked for") {
  const CsvOptions german{.delimiter = ';', .decimal = ','};
  const Table table = parse_csv("a;b;c\n1,5;-2e3;1.5\n+3;,25;2\n", "t.csv", german);
  CHECK(table.column("a").numbers == std::vector<double>{1.5, 3});
  CHECK(table.column("b").numbers == std::vector<double>{-2000, 0.25});
  CHECK_FALSE(table.column("c").is_number);
  CHECK_FALSE(parse_csv("a;b\n1,5,2;1\n", "t.csv", german).column("a").is_number);
  CHECK_THROWS_WITH(
      parse_csv("a\n1\n", "t.csv", {.decimal = ','}),
      "csv: a fraction stands behind a point or a comma, and not behind the delimiter");
}

TEST_CASE("a table that is none is refused with its line") {
  CHECK(contains(refusal(""), "t.csv: is empty"));
  CHECK(contains(refusal("a,b\n"), "t.csv: has names of columns and no row"));
  CHECK(contains(refusal("a,b\n1,2\n\n3\n"), "t.csv: line 4: has 1 cells, the first line names 2"));
  CHECK(contains(refusal("a,\n1,2\n"), "line 1: column 2 has no name"));
  CHECK(contains(refusal(",a\n0,2\n"), "index=False) leaves it out"));
  CHECK(contains(refusal("a,a\n1,2\n"), "line 1: two columns have the name 'a'"));
  CHECK(contains(refusal("a\n\"x\ny\n"), "line 2: has a quote without an end"));
  CHECK(contains(refusal("a\n\"x\"y\n"), "line 2: has text behind the quotes"));
  CHECK(contains(refusal("a\nx\"y\n"), "line 2: has a quote inside"));
  CHECK(contains(refusal("a\n\xff\n"), "line 2: is not UTF-8"));
  CHECK(contains(refusal("a,b\n\"x\n\",1\n2\n"), "line 4: has 1 cells"));
  CHECK(contains(refusal("a\n1\n", {.categories = {"b"}}), "has no column 'b'"));
  CHECK(contains(refusal("a\n1\n", {.byte_limit = 3}), "has 4 bytes, the limit is 3"));
  std::string wide = "a\n";
  for (std::size_t i = 0; i <= kMostCategories; ++i) wide += fmt::format("x{}\n", i);
  CHECK(contains(refusal(wide), "column 'a' has more than 65536 different texts"));
}
