// Promotions as attributes.
#include "tune/promotion.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"

namespace hone::tune {

std::string to_json(const Promotion& promotion) {
  return fmt::format(R"({{"from":{},"root":{},"rung":{}}})", promotion.from, promotion.root,
                     promotion.rung);
}

std::optional<Promotion> planned_promotion(const TrialRecord& trial) {
  const auto found = trial.system_attrs.find(kPromotion);
  if (found == trial.system_attrs.end()) return std::nullopt;
  try {
    const JsonDocument document(found->second, kPromotion, ErrorKind::storage);
    const JsonNode root = document.root();
    return Promotion{root.at("from").get<int>(), root.at("root").get<int>(),
                     root.at("rung").get<int>()};
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<Promotion> promotion_of(const TrialRecord& trial) {
  if (trial.system_attrs.contains("fixed_params")) return std::nullopt;  // enqueued
  return planned_promotion(trial);
}

int seed_number(const TrialRecord& trial) {
  const auto promotion = promotion_of(trial);
  return promotion ? promotion->root : trial.number;
}

}  // namespace hone::tune
