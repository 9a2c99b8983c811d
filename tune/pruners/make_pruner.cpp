// Pruners by name.
#include "tune/pruners/make_pruner.h"

#include "tune/pruners/extrapolation_pruner.h"
#include "tune/pruners/hyperband_pruner.h"
#include "tune/pruners/nop_pruner.h"
#include "tune/pruners/patient_pruner.h"
#include "tune/pruners/percentile_pruner.h"
#include "tune/pruners/promotion_pruner.h"
#include "tune/pruners/successive_halving_pruner.h"
#include "tune/pruners/threshold_pruner.h"
#include "tune/pruners/wilcoxon_pruner.h"

namespace hone::tune {

const std::vector<Kind<Pruner>>& pruner_kinds() {
  static const std::vector<Kind<Pruner>> kKinds = {
      kind_of<Pruner, MedianPruner>(),
      kind_of<Pruner, PercentilePruner>(),
      kind_of<Pruner, SuccessiveHalvingPruner>(),
      kind_of<Pruner, HyperbandPruner>(),
      kind_of<Pruner, PromotionPruner>(),
      kind_of<Pruner, ExtrapolationPruner>(),
      kind_of<Pruner, PatientPruner>(),
      kind_of<Pruner, WilcoxonPruner>(),
      kind_of<Pruner, ThresholdPruner>(),
      kind_of<Pruner, NopPruner>(),
  };
  return kKinds;
}

std::shared_ptr<const Pruner> make_pruner(const std::string& name,
                                          const std::string& options_json) {
  return make_kind(pruner_kinds(), "pruner", name, options_json);
}

}  // namespace hone::tune
