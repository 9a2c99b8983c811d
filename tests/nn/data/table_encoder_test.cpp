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
  CHECK_THROWS_AS(TableEncoder(train, {.without = {"sex"}}), Error);
  CHECK(contains(data_error([&] {
                   TableEncoder(train, {.without = {"age", "port"}});
                 }),
                 "none of its 2 columns"));
  CHECK(contains(data_error([] { TableEncoder::from_json("[]", "m"); }), "m"));
  CHECK(contains(data_error([] { TableEncoder::from_json("[{\"column\":\"a\"}]", "m"); }), "mean"));
}
