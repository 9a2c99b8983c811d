// What is the same in Optuna's schema on every database: its stamp, and what hone reads of it.
#pragma once

namespace hone::tune {

// The stamp that Optuna 3.2 and all later versions expect; it has not moved since.
inline constexpr const char* kOptunaStamp = "v3.2.0.a";
inline constexpr const char* kOptunaSchema = "12";

struct SchemaColumn {
  const char* table;
  const char* name;
};

// What this program reads or writes; a database that lacks one is not ours to touch.
inline constexpr SchemaColumn kOptunaColumns[] = {
    {"studies", "study_id"},
    {"studies", "study_name"},
    {"version_info", "schema_version"},
    {"study_directions", "direction"},
    {"study_directions", "study_id"},
    {"study_directions", "objective"},
    {"study_user_attributes", "study_id"},
    {"study_user_attributes", "key"},
    {"study_user_attributes", "value_json"},
    {"study_system_attributes", "study_id"},
    {"study_system_attributes", "key"},
    {"study_system_attributes", "value_json"},
    {"trials", "trial_id"},
    {"trials", "number"},
    {"trials", "study_id"},
    {"trials", "state"},
    {"trials", "datetime_start"},
    {"trials", "datetime_complete"},
    {"trial_user_attributes", "trial_id"},
    {"trial_user_attributes", "key"},
    {"trial_user_attributes", "value_json"},
    {"trial_system_attributes", "trial_id"},
    {"trial_system_attributes", "key"},
    {"trial_system_attributes", "value_json"},
    {"trial_params", "trial_id"},
    {"trial_params", "param_name"},
    {"trial_params", "param_value"},
    {"trial_params", "distribution_json"},
    {"trial_values", "trial_id"},
    {"trial_values", "objective"},
    {"trial_values", "value"},
    {"trial_values", "value_type"},
    {"trial_intermediate_values", "trial_id"},
    {"trial_intermediate_values", "step"},
    {"trial_intermediate_values", "intermediate_value"},
    {"trial_intermediate_values", "intermediate_value_type"},
    {"trial_heartbeats", "trial_id"},
};

}  // namespace hone::tune
