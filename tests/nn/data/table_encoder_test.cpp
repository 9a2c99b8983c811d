// Features of tables: what is learned from the training part, and what others are held to.
#include "nn/data/table_encoder.h"

#include "tests/nn/data/data_test.h"

using namespace data_test;
using namespace hone;
using namespace hone::nn::data;

TEST_CASE("numbers, missing cells and categories become numbers as the training part taught") {
  const Table train =
      parse_csv("age,port,name,price\n20,Q,a,1\n,S,b,2\n40,,c,3\n30,Q,d,4\n", "t.csv");
  const TableEncoder encoder(train, {.without = {"price"}, .most_categories = 3});
  CHECK(encoder.names() == std::vector<std::string>{"age", "age missing", "port = Q", "port = S"});
  CHECK(encoder.left_out() == std::vector<std::string>{"name: has 4 different texts"});
  CHECK(encoder.width() == 4);
  CHECK(encoder.encode(train) ==
        std::vector<float>{20, 0, 1, 0, 30, 1, 0, 1, 40, 0, 0, 0, 30, 0, 1, 0});
  // Other tables: columns in any order, unknown categories, none of a column's cells.
  const Table other = parse_csv("port,age\nX,1\nS,\n", "u.csv");
  CHECK(encoder.encode(other) == std::vector<float>{1, 0, 0, 0, 30, 1, 0, 1});
  CHECK(encoder.encode(parse_csv("age,port\n5,NA\n", "u.csv")) == std::vector<float>{5, 0, 0, 0});
  CHECK(TableEncoder::from_json(encoder.json(), "m") == encoder);
  CHECK(TableEncoder::from_json(encoder.json(), "m").encode(train) == encoder.encode(train));
}

TEST_CASE("differences of numbers that are large beside them are kept") {
  std::string text = "time,size\n";
  for (int i = 0; i < 50; ++i) text += fmt::format("{},{}\n", 1'700'000'000 + i, 100 + i);
  const Table train = parse_csv(text, "t.csv");
  const TableEncoder encoder(train);
  CHECK(encoder.features()[0].offset == 1'700'000'024.5);
  CHECK(encoder.features()[1].offset == 0);
  const std::vector<float> values = encoder.encode(train);
  for (std::size_t i = 0; i < 50; ++i) {
    CHECK(values[2 * i] == static_cast<float>(i) - 24.5f);
    CHECK(values[2 * i + 1] == static_cast<float>(100 + i));
  }
  const TableEncoder again = TableEncoder::from_json(encoder.json(), "m");
  CHECK(again == encoder);
  CHECK(again.encode(parse_csv("size,time\n7,1700000030.25\n7,\n", "u.csv")) ==
        std::vector<float>{5.75f, 7, 0, 7});
  // The files of an earlier version, which took nothing off.
  CHECK(TableEncoder::from_json(R"([{"column":"time","mean":5,"tells_missing":false}])", "m")
            .features()[0]
            .offset == 0);
}

TEST_CASE("what training did not have is told once a column") {
  const Table train =
      parse_csv("age,port,deck\n20,Q,\n30,S,1\n40,S,2\n", "t.csv", {.categories = {"port"}});
  const TableEncoder encoder(train);
  CHECK(encoder.unseen(train).empty());
  const auto cells = encoder.unseen(parse_csv("deck,age,port\n,1,Q\n,,X\n,2,Y\n,,X\n", "u.csv"));
  REQUIRE(cells.size() == 2);
  CHECK(cells[0].column == "age");
  CHECK(cells[0].count == 2);
  CHECK(cells[0].first == 1);
  CHECK(cells[0].text.empty());
  CHECK(cells[1].column == "port");
  CHECK(cells[1].count == 3);
  CHECK(cells[1].first == 1);
  CHECK(cells[1].text == "X");
}

TEST_CASE("tables that do not have the features are refused by column") {
  const Table train = parse_csv("age,port\n20,Q\n30,S\n", "t.csv");
  const TableEncoder encoder(train);
  const auto refusal = [&](const char* text) {
    return data_error([&] { encoder.encode(parse_csv(text, "u.csv")); });
  };
  CHECK(contains(refusal("port\nQ\n"), "u.csv: the column 'age' is missing"));
  CHECK(contains(refusal("age,port\nold,Q\n"), "the column 'age' holds texts, numbers are needed"));
  CHECK(contains(refusal("age,port\n1,2\n"), "the column 'port' holds numbers, texts are needed"));
  CHECK(contains(refusal("age,port\n1e300,Q\n"),
                 "u.csv: line 2: the column 'age' holds a number that is too large"));
  CHECK(contains(refusal("age,port\n1,Q\n-inf,Q\n"),
                 "u.csv: line 3: the column 'age' holds a number that is too large for f32, -inf"));
  CHECK(contains(data_error([] { TableEncoder(parse_csv("age\n1\n1e400\n", "t.csv")); }),
                 "t.csv: line 3: the column 'age' holds a number that is too large for f32, inf"));
  CHECK_THROWS_AS(TableEncoder(train, {.without = {"sex"}}), Error);
  CHECK(contains(data_error([&] {
                   TableEncoder(train, {.without = {"age", "port"}});
                 }),
                 "none of its 2 columns"));
  CHECK(contains(data_error([] { TableEncoder::from_json("[]", "m"); }), "m"));
  CHECK(contains(data_error([] { TableEncoder::from_json("[{\"column\":\"a\"}]", "m"); }), "mean"));
}
