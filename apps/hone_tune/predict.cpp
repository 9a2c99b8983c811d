// Using a model on new tables and pictures.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "apps/hone_tune/own_data.h"
#include "apps/hone_tune/problem.h"
#include "apps/hone_tune/samples.h"
#include "apps/hone_tune/table_reading.h"
#include "base/csv.h"
#include "base/error.h"
#include "nn/data/npy.h"
#include "nn/data/picture.h"
#include "nn/data/table.h"
#include "nn/data/table_encoder.h"
#include "nn/io/model_file.h"

namespace hone::app {
namespace {

bool is_array(const std::filesystem::path& file) {
  return ending_of(file) == ".npz" || ending_of(file) == ".npy";
}

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

// The answers about several files as one table: its names once, and the file in front of a row
// where there are more than one.
class Answers {
 public:
  Answers(nn::Model& model, const OwnOptions& options, Console& console)
      : model_(model), options_(options), console_(console) {}

  nn::Model& model() const { return model_; }
  const OwnOptions& options() const { return options_; }

  // x: [rows, features]
  void rows(const std::filesystem::path& file, const Tensor& x, std::int64_t rows) {
    const std::vector<float> values = model_.predict(x);
    const std::size_t width = values.size() / static_cast<std::size_t>(rows);
    const bool several = options_.files.size() > 1;
    if (!has_names_) console_.result((several ? "file," : "") + columns_of(model_.info(), width));
    has_names_ = true;
    const std::string front = several ? csv_cell(file.string()) + "," : "";
    for (std::size_t i = 0; i < static_cast<std::size_t>(rows); ++i)
      console_.result(front +
                      answer(model_.info(), std::span(values).subspan(i * width, width), ","));
  }

  // x: [1, height, width, channels]. Pictures alone have a line each, which is no table.
  void picture(const std::filesystem::path& file, const Tensor& x) {
    const auto& files = options_.files;
    if (std::any_of(files.begin(), files.end(), is_array)) return rows(file, x, 1);
    console_.result(file.string() + ": " + bold(answer(model_.info(), model_.predict(x), "  ")));
  }

 private:
  nn::Model& model_;
  const OwnOptions& options_;
  Console& console_;
  bool has_names_ = false;
};

// What the model does not know in a table, on standard error.
void tell_unseen(const nn::data::Table& table, const nn::data::TableEncoder& columns) {
  for (const nn::data::UnseenCells& cells : columns.unseen(table)) {
    const std::string rows = fmt::format("{} of {} rows", cells.count, table.rows);
    const std::string place = table.place(cells.first), name = printable(cells.column);
    print_error(
        "hone_tune",
        cells.text.empty()
            ? fmt::format("{}: the column '{}' has no value, as have {}; every row that the "
                          "model was trained on had one, whose mean stands for it",
                          place, name, rows)
            : fmt::format("{}: the column '{}' has '{}', which no row that the model was "
                          "trained on had; {} have such values, and are predicted without",
                          place, name, printable(cells.text), rows));
  }
}

void predict_table(Answers& answers, const std::filesystem::path& file,
                   const std::string& encoder) {
  nn::Model& model = answers.model();
  const auto columns = nn::data::TableEncoder::from_json(encoder, "the model's metadata 'encoder'");
  check(Shape{columns.width()} == model.input(),
        "the model's columns give {} numbers, it takes samples {}", columns.width(),
        model.input().str());
  // A column of categories may hold numbers alone.
  std::vector<std::string> categories;
  const nn::data::Table plain = read_table(answers.options(), file);
  for (const nn::data::TableFeature& feature : columns.features())
    for (const nn::data::TableColumn& column : plain.columns)
      if (column.name == feature.column && column.is_number && !feature.categories.empty())
        categories.push_back(column.name);
  const nn::data::Table table =
      categories.empty() ? plain : read_table(answers.options(), file, categories);
  const Tensor x = Tensor::from<float>(model.device(), columns.encode(table),
                                       Shape{table.rows, columns.width()});
  tell_unseen(table, columns);
  answers.rows(file, x, table.rows);
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
void predict_array(Answers& answers, const std::filesystem::path& file) {
  nn::Model& model = answers.model();
  std::string name = printable(file.string());
  nn::data::NpyArray x;
  if (ending_of(file) == ".npy") {
    x = nn::data::read_npy(file);
  } else {
    const nn::data::NpzFile arrays(file);
    const std::string key = array_name(arrays, "x");
    x = arrays.read(key);
    name += ": " + key;
  }
  const std::int64_t rows = x.shape.empty() ? 0 : x.shape[0];
  const Shape& input = model.input();
  check(input.rank() == 1 || input.rank() == 3, "{}: the model takes samples {}", name,
        input.str());
  if (rows == 0 || x.count() != rows * input.count()) refuse_rows(name, rows, x.count(), model);
  const Shape shape =
      input.rank() == 1 ? Shape{rows, input[0]} : Shape{rows, input[0], input[1], input[2]};
  answers.rows(file,
               takes_numbers(model)
                   ? Tensor::from<float>(model.device(), finite_floats(x, name), shape)
                   : Tensor::from<std::uint8_t>(model.device(), x.octets(name), shape),
               rows);
}

// A CSV file with as many columns of numbers as the arrays had.
void predict_rows(Answers& answers, const std::filesystem::path& file) {
  nn::Model& model = answers.model();
  const std::string name = printable(file.string());
  const nn::data::Table table = read_table(answers.options(), file);
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
  answers.rows(file, Tensor::from<float>(model.device(), x, Shape{table.rows, model.input()[0]}),
               table.rows);
}

void predict_picture(Answers& answers, const std::filesystem::path& file) {
  const nn::Model& model = answers.model();
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
  answers.picture(file, x);
}

}  // namespace

void predict(const OwnOptions& options, Console& console) {
  const auto device = device_named(options.device);
  const std::filesystem::path model = std::filesystem::is_directory(options.model)
                                          ? options.model / "model.safetensors"
                                          : options.model;
  const nn::io::LoadedModel loaded = nn::io::load_model(model, device->new_backend());
  Answers answers(*loaded.model, options, console);
  for (const std::filesystem::path& file : options.files) {
    const std::string* encoder = encoder_of(loaded);
    if (encoder != nullptr)
      predict_table(answers, file, *encoder);
    else if (is_array(file))
      predict_array(answers, file);
    else if (loaded.model->input().rank() == 1)
      predict_rows(answers, file);
    else
      predict_picture(answers, file);
  }
}

}  // namespace hone::app
