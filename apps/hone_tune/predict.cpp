// Using a model on new tables and pictures.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "apps/hone_tune/own_data.h"
#include "apps/hone_tune/problem.h"
#include "apps/hone_tune/samples.h"
#include "base/csv.h"
#include "base/error.h"
#include "nn/data/npy.h"
#include "nn/data/picture.h"
#include "nn/data/table.h"
#include "nn/data/table_encoder.h"
#include "nn/io/model_file.h"

namespace hone::app {
namespace {

// The most probable class with its probability, or the values.
std::string answer(const nn::ModelInfo& info, std::span<const float> row, const char* between) {
  if (info.output != nn::OutputKind::class_logits) {
    std::string text;
    for (const float value : row) text += (text.empty() ? "" : between) + fmt::format("{}", value);
    return text;
  }
  const auto most =
      static_cast<std::size_t>(std::max_element(row.begin(), row.end()) - row.begin());
  const std::string name =
      most < info.classes.size() ? info.classes[most] : fmt::format("{}", most);
  return csv_cell(name) + between + fmt::format("{:.4f}", row[most]);
}

const std::string* encoder_of(const nn::ModelInfo& info) {
  const auto found = info.metadata.find("encoder");
  return found == info.metadata.end() ? nullptr : &found->second;
}

// The names of what a row says; several values are numbered as in NumPy, from 0.
std::string columns_of(const nn::ModelInfo& info, std::size_t width) {
  if (info.output == nn::OutputKind::class_logits) return "prediction,probability";
  if (width == 1) return "prediction";
  std::string text;
  for (std::size_t i = 0; i < width; ++i) text += fmt::format("{}y_{}", i == 0 ? "" : ",", i);
  return text;
}

// x: [rows, features]
void answer_rows(nn::Model& model, const Tensor& x, std::int64_t rows, Console& console) {
  const std::vector<float> values = model.predict(x);
  const std::size_t width = values.size() / static_cast<std::size_t>(rows);
  console.result(columns_of(model.info(), width));
  for (std::size_t i = 0; i < static_cast<std::size_t>(rows); ++i)
    console.result(answer(model.info(), std::span(values).subspan(i * width, width), ","));
}

void predict_table(nn::Model& model, const std::filesystem::path& file, const std::string& encoder,
                   Console& console) {
  const auto columns = nn::data::TableEncoder::from_json(encoder, "the model's metadata 'encoder'");
  check(Shape{columns.width()} == model.input(),
        "the model's columns give {} numbers, it takes samples {}", columns.width(),
        model.input().str());
  // A column of categories may hold numbers alone.
  nn::data::CsvOptions options;
  const nn::data::Table plain = nn::data::read_csv(file);
  for (const nn::data::TableFeature& feature : columns.features())
    for (const nn::data::TableColumn& column : plain.columns)
      if (column.name == feature.column && column.is_number && !feature.categories.empty())
        options.categories.push_back(column.name);
  const nn::data::Table table =
      options.categories.empty() ? plain : nn::data::read_csv(file, options);
  const Tensor x = Tensor::from<float>(model.device(), columns.encode(table),
                                       Shape{table.rows, columns.width()});
  answer_rows(model, x, table.rows, console);
}

bool is_array(const std::filesystem::path& file) {
  return ending_of(file) == ".npz" || ending_of(file) == ".npy";
}

// Pictures that the model knows as arrays of numbers, not as bytes.
bool takes_numbers(const nn::Model& model) {
  const auto& metadata = model.info().metadata;
  const auto found = metadata.find("samples");
  return model.input().rank() == 1 || (found != metadata.end() && found->second == kNumbers);
}

[[noreturn]] void refuse_rows(const std::string& name, std::int64_t rows, std::int64_t numbers,
                              const nn::Model& model) {
  fail(ErrorKind::data, "{}: holds {} rows of {} numbers, the model takes {}", name, rows,
       rows == 0 ? 0 : numbers / rows, model.input().count());
}

// x of an .npz file, or the array of an .npy file: a sample a row.
void predict_array(nn::Model& model, const std::filesystem::path& file, Console& console) {
  std::string name = printable(file.string());
  nn::data::NpyArray x;
  if (ending_of(file) == ".npy") {
    x = nn::data::read_npy(file);
  } else {
    auto arrays = nn::data::read_npz(file);
    const auto found = arrays.find("x");
    if (found == arrays.end()) fail(ErrorKind::data, "{}: has no array 'x'", name);
    x = std::move(found->second);
    name += ": x";
  }
  const std::int64_t rows = x.shape.empty() ? 0 : x.shape[0];
  const Shape& input = model.input();
  check(input.rank() == 1 || input.rank() == 3, "{}: the model takes samples {}", name,
        input.str());
  if (rows == 0 || x.count() != rows * input.count()) refuse_rows(name, rows, x.count(), model);
  const Shape shape =
      input.rank() == 1 ? Shape{rows, input[0]} : Shape{rows, input[0], input[1], input[2]};
  answer_rows(model,
              takes_numbers(model)
                  ? Tensor::from<float>(model.device(), finite_floats(x, name), shape)
                  : Tensor::from<std::uint8_t>(model.device(), x.octets(name), shape),
              rows, console);
}

// A CSV file with as many columns of numbers as the arrays had.
void predict_rows(nn::Model& model, const std::filesystem::path& file, Console& console) {
  const std::string name = printable(file.string());
  const nn::data::Table table = nn::data::read_csv(file);
  std::vector<float> x;
  for (std::size_t row = 0; row < static_cast<std::size_t>(table.rows); ++row)
    for (const nn::data::TableColumn& column : table.columns) {
      if (!column.is_number)
        fail(ErrorKind::data, "{}: the column '{}' holds texts, the model takes numbers", name,
             printable(column.name));
      x.push_back(static_cast<float>(column.numbers[row]));
      if (!std::isfinite(x.back()))
        fail(ErrorKind::data, "{}: the column '{}' {}", table.place(static_cast<std::int64_t>(row)),
             printable(column.name),
             std::isnan(x.back()) ? "has no value; the model takes numbers alone"
                                  : "holds a number that is too large for f32");
    }
  const auto numbers = static_cast<std::int64_t>(x.size());
  if (table.rows == 0 || numbers != table.rows * model.input()[0])
    refuse_rows(name, table.rows, numbers, model);
  answer_rows(model, Tensor::from<float>(model.device(), x, Shape{table.rows, model.input()[0]}),
              table.rows, console);
}

void predict_picture(nn::Model& model, const std::filesystem::path& file, Console& console) {
  const Shape& input = model.input();
  check(input.rank() == 3 && (input[2] == 1 || input[2] == 3),
        "{}: the model takes samples {}, not grey or coloured pictures", printable(file.string()),
        input.str());
  check(!takes_numbers(model),
        "{}: the model takes pictures as arrays of numbers, as it was trained on; give them in an "
        ".npz or .npy file",
        printable(file.string()));
  const nn::data::Picture picture = nn::data::resize(
      nn::data::read_picture(file, static_cast<int>(input[2])), input[0], input[1]);
  const Tensor x = Tensor::from(model.device(), std::span<const std::uint8_t>(picture.pixels),
                                Shape{1, input[0], input[1], input[2]});
  const std::vector<float> values = model.predict(x);
  console.result(file.string() + ": " + bold(answer(model.info(), values, "  ")));
}

}  // namespace

void predict(const OwnOptions& options, Console& console) {
  const auto device = device_named(options.device);
  const std::filesystem::path model = std::filesystem::is_directory(options.model)
                                          ? options.model / "model.safetensors"
                                          : options.model;
  const nn::io::LoadedModel loaded = nn::io::load_model(model, device->new_backend());
  for (const std::filesystem::path& file : options.files) {
    const std::string* encoder = encoder_of(loaded);
    if (encoder != nullptr)
      predict_table(*loaded.model, file, *encoder, console);
    else if (is_array(file))
      predict_array(*loaded.model, file, console);
    else if (loaded.model->input().rank() == 1)
      predict_rows(*loaded.model, file, console);
    else
      predict_picture(*loaded.model, file, console);
  }
}

}  // namespace hone::app
