// Data of one's own: a table, a folder of pictures, arrays.
#include <hone.h>

#include <fmt/core.h>
#include <cmath>
#include <filesystem>
#include <fstream>

using namespace hone;

namespace data = hone::nn::data;

// From a CSV file to a network that predicts one of its columns.
static void predict_prices(Device& device) {
  const data::Table table = data::read_csv("houses.csv");
  for (const data::TableColumn& column : table.columns)
    fmt::print("{}: {}\n", column.name, column.is_number ? "numbers" : "categories");

  const data::Split split = data::split_random(table.rows, table.rows / 5, 1);
  const data::Table train_rows = table.select(split.train),
                    test_rows = table.select(split.validation);
  const data::TableEncoder encoder(train_rows, {.without = {"price"}});
  for (const std::string& name : encoder.names()) fmt::print("[{}] ", name);
  fmt::print("\n");

  // What was learned from the training part is used for both.
  const data::Standardization inputs =
      data::standardize(encoder.encode(train_rows), encoder.width());
  const auto prices_of = [](const data::Table& rows) {
    const std::vector<double>& numbers = rows.column("price").numbers;
    return std::vector<float>(numbers.begin(), numbers.end());
  };
  const data::Standardization outputs = data::standardize(prices_of(train_rows), 1);
  const auto dataset_of = [&](const data::Table& rows) {
    const std::vector<float> x = encoder.encode(rows), y = prices_of(rows);
    return data::Dataset({.samples = Tensor::from<float>(device, x, {rows.rows, encoder.width()}),
                          .columns = {{.name = "target",
                                       .values = Tensor::from<float>(device, y, {rows.rows, 1}),
                                       .standardization = outputs}},
                          .standardization = inputs});
  };
  const data::Dataset train = dataset_of(train_rows), test = dataset_of(test_rows);

  nn::train::Trainer trainer(
      {.network = {nn::Linear{.out = 32}, nn::ReLU{}, nn::Linear{.out = 1}},
       .optimizer = optim::Adam{.lr = 0.01f},
       .loss = nn::train::MeanSquaredError{},
       .metrics = {nn::train::make_metric("mae"), nn::train::make_metric("r2")},
       .epochs = 60,
       .seed = 4},
      train.shape(), device.new_backend());
  trainer.fit(train);
  for (const auto& [name, value] : trainer.evaluate(test).metrics)
    fmt::print("{} {:.3g}\n", name, value);
  const std::vector<float> prices = trainer.predict(test);
  fmt::print("the first house: {:.0f}, predicted {:.0f}\n", test_rows.column("price").numbers[0],
             prices[0]);
}

// A folder of folders, one for each class, with PNG or JPEG files in it.
static void learn_pictures(Device& device) {
  const data::ImageSet pictures =
      data::load_image_folder("pictures", {.height = 16, .width = 16, .channels = 1});
  fmt::print("{} pictures of {} x {}, classes", pictures.count, pictures.height, pictures.width);
  for (const std::string& name : pictures.class_names) fmt::print(" {}", name);
  fmt::print("\n");

  const data::Split split = data::split_stratified(pictures.labels, 10, 50, 1);
  const data::Dataset train = data::upload(device, pictures.select(split.train));
  const data::Dataset validation = data::upload(device, pictures.select(split.validation));
  nn::train::Trainer trainer(
      {.network = {nn::Conv2d{.out = 16}, nn::BatchNorm{.momentum = 0.9f}, nn::ReLU{},
                   nn::MaxPool2d{}, nn::Flatten{}, nn::Linear{.out = 10}},
       .optimizer = optim::Adam{.lr = 3e-3f},
       .augment = {nn::train::Shift{.rows = 1, .columns = 1}, nn::train::Flip{}},
       .epochs = 15,
       .seed = 2},
      train.shape(), device.new_backend());
  const nn::train::FitResult result = trainer.fit(train, {.validation = &validation});
  fmt::print(
      "epoch {} was the best, with {:.2f}\n", result.best_epoch,
      *result.history.epochs.at(static_cast<std::size_t>(result.best_epoch - 1)).val_accuracy);
}

// The files of this example, so that it runs anywhere: houses, and the pictures of hone's shapes.
static void make_files() {
  PhiloxStream random(3);
  std::ofstream csv("houses.csv");
  csv << "area,rooms,age,town,price\n";
  const char* const towns[] = {"Ahlen", "Bork", "Celle"};
  for (int i = 0; i < 400; ++i) {
    const double area = 40 + std::floor(160 * random.uniform()),
                 age = std::floor(60 * random.uniform());
    const auto town = static_cast<std::size_t>(random.below(3));
    const double price = (2 + static_cast<double>(town)) * area + 300 / (1 + 0.1 * age);
    csv << fmt::format("{},{},{},{},{:.0f}\n", area, 1 + std::floor(area / 30),
                       i % 9 == 4 ? "?" : fmt::format("{}", age), towns[town], 1000 * price);
  }
  const data::ImageSet shapes = data::synthetic_shapes({.count = 500, .side = 24});
  for (std::int64_t i = 0; i < shapes.count; ++i) {
    const auto label = static_cast<std::size_t>(shapes.labels[static_cast<std::size_t>(i)]);
    const std::filesystem::path folder = "pictures/" + shapes.class_names[label];
    std::filesystem::create_directories(folder);
    const std::vector<std::uint8_t> png = data::encode_png_grey(shapes.image(i), 24, 24);
    std::ofstream file(folder / fmt::format("{}.png", i), std::ios::binary);
    for (const std::uint8_t byte : png) file.put(static_cast<char>(byte));
  }
}

int main() {
  make_files();
  const auto device = open_device("cpu");
  predict_prices(*device);
  learn_pictures(*device);
  try {
    const data::Table table = data::parse_csv("area,price\n80,200\n95\n", "houses.csv");
  } catch (const Error& error) {
    fmt::print("{}\n", error.what());
  }
}
