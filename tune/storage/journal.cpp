// Playing and writing journals.
#include "tune/storage/journal.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>

#include "base/json.h"
#include "tune/json_text.h"
#include "tune/storage/rules.h"
#include "tune/time_text.h"

namespace hone::tune {
namespace {

// 2026-11-23T15:43:30.791576+00:00, the offset may be missing; null is 0.
std::int64_t read_time(const JsonNode& node) {
  if (node.is_null()) return 0;
  std::string text = node.get<std::string>();
  std::int64_t offset = 0;
  if (text.size() > 19) {
    if (const std::size_t sign = text.find_first_of("+-Z", 19); sign != std::string::npos) {
      int hours = 0, minutes = 0;
      if (text.size() >= sign + 6) {
        std::from_chars(&text[sign + 1], &text[sign + 3], hours);
        std::from_chars(&text[sign + 4], &text[sign + 6], minutes);
      }
      offset = (std::int64_t{hours} * 60 + minutes) * (text[sign] == '-' ? -1 : 1);
      text.resize(sign);
    }
  }
  if (text.size() > 10) text[10] = ' ';
  const std::optional<std::int64_t> local = time_from_text(text);
  if (!local) node.fail("is no time");
  const std::int64_t time = *local - offset * 60'000'000;
  if (!time_from_text(time_text(time))) node.fail("is out of range");
  return time;
}

Json time_json(std::int64_t time) {
  if (time == 0) return nullptr;
  std::string text = time_text(time);
  text[10] = 'T';
  return text + "+00:00";
}

void read_attributes(const JsonNode& node, Attributes& attributes) {
  for (const auto& [key, value] : node.members()) attributes[key] = write_json(value.json());
}

Json attributes_json(const Attributes& attributes) {
  Json object = Json::object();
  for (const auto& [key, json] : attributes)
    object.members().push_back({key, JsonDocument(json, "attribute " + key).json()});
  return object;
}

// The distribution stands as a text of JSON.
void add_parameter(TrialRecord& trial, const std::string& name, const JsonNode& distribution,
                   const JsonNode& internal) {
  try {
    Parameter parameter{name, distribution_from_json(distribution.get<std::string>()),
                        internal.get<double>()};
    parameter.value();
    std::erase_if(trial.params, [&](const Parameter& other) { return other.name == name; });
    trial.params.push_back(std::move(parameter));
  } catch (const Error& error) {
    distribution.fail(fmt::format("parameter {}: {}", printable(name), error.what()));
  }
}

void read_values(const JsonNode& node, std::vector<double>& values) {
  values.clear();
  if (node.is_null()) return;
  for (const JsonNode& value : node.items()) values.push_back(value.get<double>());
}

TrialState read_state(const JsonNode& node) {
  return static_cast<TrialState>(node.get_between<int>(0, 4));
}

class Player {
 public:
  void play(const JsonNode& line) {
    using Play = void (Player::*)(const JsonNode&);
    constexpr Play kPlays[] = {&Player::create_study,
                               &Player::delete_study,
                               &Player::set_study_user,
                               &Player::set_study_system,
                               &Player::create_trial,
                               &Player::set_parameter,
                               &Player::set_state,
                               &Player::set_report,
                               &Player::set_trial_user,
                               &Player::set_trial_system,
                               nullptr};  // 10 discards trials in a program that is not Optuna
    const Play chosen = kPlays[line.at("op_code").get_between<int>(0, 10)];
    if (chosen != nullptr) (this->*chosen)(line);
  }

  std::vector<JournalStudy> studies() {
    std::vector<JournalStudy> list;
    for (auto& [id, study] : studies_) list.push_back(std::move(study));
    return list;
  }

 private:
  void create_study(const JsonNode& line) {
    JournalStudy study;
    study.info.name = line.at("study_name").get<std::string>();
    study.info.directions.clear();
    for (const JsonNode& direction : line.at("directions").items())
      study.info.directions.push_back(direction.get_between<int>(1, 2) == 1 ? Direction::minimize
                                                                            : Direction::maximize);
    if (study.info.directions.empty()) line.fail("a study has at least one direction");
    for (const auto& [id, other] : studies_)
      if (other.info.name == study.info.name) return;
    studies_[next_study_++] = std::move(study);
  }
  void delete_study(const JsonNode& line) { studies_.erase(line.at("study_id").get<int>()); }
  JournalStudy* study_of(const JsonNode& line) {
    const auto found = studies_.find(line.at("study_id").get<int>());
    return found == studies_.end() ? nullptr : &found->second;
  }
  void set_study_user(const JsonNode& line) {
    if (JournalStudy* study = study_of(line))
      read_attributes(line.at("user_attr"), study->info.user_attrs);
  }
  void set_study_system(const JsonNode& line) {
    if (JournalStudy* study = study_of(line))
      read_attributes(line.at("system_attr"), study->info.system_attrs);
  }

  void create_trial(const JsonNode& line) {
    JournalStudy* study = study_of(line);
    if (study == nullptr) return;
    TrialRecord trial;
    trial.number = static_cast<int>(study->trials.size());
    if (const auto time = line.find("datetime_start")) trial.start_time = read_time(*time);
    if (const auto state = line.find("state")) trial.state = read_state(*state);
    if (const auto time = line.find("datetime_complete")) trial.end_time = read_time(*time);
    if (const auto value = line.find("value"); value && !value->is_null())
      trial.values = {value->get<double>()};
    if (const auto values = line.find("values"); values && !values->is_null())
      read_values(*values, trial.values);
    if (const auto params = line.find("params"))
      for (const auto& [name, internal] : params->members())
        add_parameter(trial, name, line.at("distributions").at(name), internal);
    if (const auto attrs = line.find("user_attrs")) read_attributes(*attrs, trial.user_attrs);
    if (const auto attrs = line.find("system_attrs")) read_attributes(*attrs, trial.system_attrs);
    if (const auto reports = line.find("intermediate_values"))
      for (const auto& [step, value] : reports->members())
        trial.intermediate[step_of(step, value)] = value.get<double>();
    places_.push_back({line.at("study_id").get<int>(), study->trials.size()});
    study->trials.push_back(std::move(trial));
  }
  static int step_of(const std::string& text, const JsonNode& node) {
    int step = -1;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, step);
    if (error != std::errc() || rest != end || step < 0) node.fail("its step is no number >= 0");
    return step;
  }
  // Null: it is not there, or finished.
  TrialRecord* trial_of(const JsonNode& line) {
    const auto id = line.at("trial_id").get_between<std::int64_t>(0, INT64_MAX);
    if (id >= static_cast<std::int64_t>(places_.size())) return nullptr;
    const auto& [study, at] = places_[static_cast<std::size_t>(id)];
    const auto found = studies_.find(study);
    if (found == studies_.end()) return nullptr;
    TrialRecord& trial = found->second.trials[at];
    return is_finished(trial.state) ? nullptr : &trial;
  }
  void set_parameter(const JsonNode& line) {
    if (TrialRecord* trial = trial_of(line))
      add_parameter(*trial, line.at("param_name").get<std::string>(), line.at("distribution"),
                    line.at("param_value_internal"));
  }
  void set_state(const JsonNode& line) {
    TrialRecord* trial = trial_of(line);
    if (trial == nullptr) return;
    const TrialState state = read_state(line.at("state"));
    if (state == TrialState::running && trial->state != TrialState::waiting) return;
    trial->state = state;
    if (const auto values = line.find("values")) read_values(*values, trial->values);
    if (const auto time = line.find("datetime_start")) trial->start_time = read_time(*time);
    if (const auto time = line.find("datetime_complete")) trial->end_time = read_time(*time);
  }
  void set_report(const JsonNode& line) {
    if (TrialRecord* trial = trial_of(line))
      trial->intermediate[line.at("step").get_between<int>(0, INT32_MAX)] =
          line.at("intermediate_value").get<double>();
  }
  void set_trial_user(const JsonNode& line) {
    if (TrialRecord* trial = trial_of(line))
      read_attributes(line.at("user_attr"), trial->user_attrs);
  }
  void set_trial_system(const JsonNode& line) {
    if (TrialRecord* trial = trial_of(line))
      read_attributes(line.at("system_attr"), trial->system_attrs);
  }

  std::map<int, JournalStudy> studies_;
  int next_study_ = 0;
  std::vector<std::pair<int, std::size_t>> places_;  // of trials by their key: study, number
};

std::string line_of(Json::Object members) {
  Json object = Json::object();
  object.members() = std::move(members);
  return write_json(object) + "\n";
}

Json trial_json(std::size_t study, const TrialRecord& trial, const std::string& worker) {
  Json distributions = Json::object(), params = Json::object(), reports = Json::object();
  for (const Parameter& parameter : trial.params) {
    distributions.members().push_back({parameter.name, to_json(parameter.distribution)});
    params.members().push_back({parameter.name, parameter.internal});
  }
  for (const auto& [step, value] : trial.intermediate)
    reports.members().push_back({fmt::format("{}", step), value});
  const bool one = trial.values.size() == 1;
  Json json = Json::object({{"op_code", 4},
                            {"worker_id", worker},
                            {"study_id", study},
                            {"state", static_cast<int>(trial.state)},
                            {"value", one ? Json(trial.values[0]) : Json()},
                            {"values", trial.values.size() > 1 ? Json(trial.values) : Json()},
                            {"datetime_start", time_json(trial.start_time)}});
  if (trial.end_time != 0) json.set("datetime_complete", time_json(trial.end_time));
  json.set("distributions", std::move(distributions));
  json.set("params", std::move(params));
  json.set("user_attrs", attributes_json(trial.user_attrs));
  json.set("system_attrs", attributes_json(trial.system_attrs));
  json.set("intermediate_values", std::move(reports));
  return json;
}

}  // namespace

std::vector<JournalStudy> read_journal(std::string_view text, const std::string& name) {
  Player player;
  int number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const bool last = end == std::string_view::npos || end + 1 == text.size();
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    std::optional<JsonDocument> document;
    try {
      document.emplace(line, fmt::format("{}, line {}", name, number));
    } catch (const Error&) {
      if (last && number > 1) break;  // whoever wrote it was stopped in the middle
      throw;
    }
    player.play(document->root());
  }
  return player.studies();
}

std::string write_journal(const std::vector<JournalStudy>& studies) {
  const std::string worker = new_token() + "-0";
  std::string text;
  for (std::size_t study = 0; study < studies.size(); ++study) {
    const StudyInfo& info = studies[study].info;
    Json directions = Json::array();
    for (const Direction direction : info.directions)
      directions.push_back(direction == Direction::minimize ? 1 : 2);
    text += line_of({{"op_code", 0},
                     {"worker_id", worker},
                     {"study_name", info.name},
                     {"directions", std::move(directions)}});
    const auto attribute = [&](int code, const char* kind, const std::string& key,
                               const std::string& json) {
      text += line_of({{"op_code", code},
                       {"worker_id", worker},
                       {"study_id", study},
                       {kind, attributes_json({{key, json}})}});
    };
    for (const auto& [key, json] : info.user_attrs) attribute(2, "user_attr", key, json);
    for (const auto& [key, json] : info.system_attrs) attribute(3, "system_attr", key, json);
    for (const TrialRecord& trial : studies[study].trials)
      text += write_json(trial_json(study, trial, worker)) + "\n";
  }
  return text;
}

}  // namespace hone::tune
