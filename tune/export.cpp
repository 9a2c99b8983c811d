// CSV after RFC 4180, and strict JSON.
#include "tune/export.h"

#include <cmath>
#include <map>
#include <set>

#include "base/csv.h"
#include "base/json.h"
#include "base/utf8.h"
#include "tune/json_text.h"
#include "tune/storage/rules.h"
#include "tune/time_text.h"
#include "tune/trial_text.h"

namespace hone::tune {
namespace {

// Spreadsheets run a text that starts with one of these as a formula; an apostrophe keeps it a
// text.
std::string text_cell(const std::string& text) {
  const bool formula = !text.empty() && std::string("=+-@\t\r").find(text[0]) != std::string::npos;
  return csv_cell(formula ? "'" + text : text);
}

std::string number_cell(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return json_number(value);
}

std::string value_cell(const Value& value) {
  if (const auto* number = std::get_if<double>(&value)) return number_cell(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return text_cell(*text);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "True" : "False";
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *integer);
  return "";
}

// An attribute: a text without its quotes, anything else as its JSON.
std::string attribute_cell(const std::string& json) {
  try {
    return value_cell(value_from_json(json));
  } catch (const Error&) {
    return text_cell(json);
  }
}

// As pandas writes a timedelta: 0 days 00:01:02.000003.
std::string duration_cell(const TrialRecord& trial) {
  if (trial.start_time == 0 || trial.end_time == 0) return "";
  const std::int64_t total = trial.end_time - trial.start_time, size = total < 0 ? -total : total;
  return fmt::format("{}{} days {:02d}:{:02d}:{:02d}.{:06d}", total < 0 ? "-" : "",
                     size / 86400000000, size / 3600000000 % 24, size / 60000000 % 60,
                     size / 1000000 % 60, size % 1000000);
}

// An attribute of another program may be text that our reader refuses: it is shown as it is.
Json attribute_json(const std::string& text) {
  try {
    return JsonDocument(text, "attribute", ErrorKind::storage).json();
  } catch (const Error&) {
    return repair_utf8(text);
  }
}

Json attributes_json(const Attributes& attributes) {
  Json object = Json::object();
  for (const auto& [key, text] : attributes)
    object.members().push_back({repair_utf8(key), attribute_json(text)});
  return object;
}

Json trial_json(const TrialRecord& trial, bool several) {
  Json params = Json::object(), intermediate = Json::object();
  for (const Parameter& parameter : trial.params)
    params.members().push_back({repair_utf8(parameter.name), json_of(parameter.value())});
  for (const auto& [step, value] : trial.intermediate)
    intermediate.members().push_back({fmt::format("{}", step), value});
  return Json::object(
      {{"number", trial.number},
       {"state", state_name(trial.state)},
       {several ? "values" : "value", several ? Json(trial.values) : Json(trial.value())},
       {"params", std::move(params)},
       {"intermediate", std::move(intermediate)},
       {"user_attrs", attributes_json(trial.user_attrs)},
       {"system_attrs", attributes_json(trial.system_attrs)},
       {"datetime_start", time_text(trial.start_time)},
       {"datetime_complete", time_text(trial.end_time)}});
}

}  // namespace

std::vector<std::string> value_columns(std::size_t objectives,
                                       const std::vector<std::string>& metric_names) {
  if (objectives == 1) return {"value"};
  std::vector<std::string> columns;
  for (std::size_t i = 0; i < objectives; ++i)
    columns.push_back("values_" + (metric_names.empty() ? fmt::format("{}", i) : metric_names[i]));
  return columns;
}

std::string export_csv(const std::vector<TrialRecord>& trials,
                       const std::vector<std::string>& values) {
  std::set<std::string> params, attrs;
  for (const TrialRecord& trial : trials) {
    for (const Parameter& parameter : trial.params) params.insert(parameter.name);
    for (const auto& [key, json] : trial.user_attrs) attrs.insert(key);
  }
  std::string csv = "number";
  for (const std::string& name : values) csv += "," + csv_cell(name);
  csv += ",datetime_start,datetime_complete,duration";
  for (const std::string& name : params) csv += "," + csv_cell("params_" + name);
  for (const std::string& key : attrs) csv += "," + csv_cell("user_attrs_" + key);
  csv += ",state\r\n";
  for (const TrialRecord& trial : trials) {
    csv += fmt::format("{}", trial.number);
    for (std::size_t i = 0; i < values.size(); ++i)
      csv += "," + (i < trial.values.size() ? number_cell(trial.values[i]) : "");
    csv += fmt::format(",{},{},{}", time_text(trial.start_time), time_text(trial.end_time),
                       duration_cell(trial));
    std::map<std::string_view, const Parameter*> own;
    for (const Parameter& parameter : trial.params) own[parameter.name] = &parameter;
    for (const std::string& name : params) {
      const auto parameter = own.find(name);
      csv += "," + (parameter == own.end() ? "" : value_cell(parameter->second->value()));
    }
    for (const std::string& key : attrs) {
      const auto attr = trial.user_attrs.find(key);
      csv += "," + (attr == trial.user_attrs.end() ? "" : attribute_cell(attr->second));
    }
    csv += fmt::format(",{}\r\n", state_name(trial.state));
  }
  return csv;
}

std::string export_json(const std::string& study, const std::vector<Direction>& directions,
                        const std::vector<TrialRecord>& trials) {
  Json list = Json::array();
  const bool several = directions.size() > 1;
  for (const TrialRecord& trial : trials) list.push_back(trial_json(trial, several));
  Json names = Json::array();
  for (const Direction direction : directions) names.push_back(direction_name(direction));
  const Json json =
      Json::object({{"study", repair_utf8(study)},
                    {several ? "directions" : "direction",
                     several ? std::move(names) : Json(direction_name(directions.front()))},
                    {"trials", std::move(list)}});
  return write_json(json, {.indent = 1, .strict = true});
}

}  // namespace hone::tune
