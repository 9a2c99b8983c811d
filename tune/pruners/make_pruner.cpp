// Pruners by name.
#include "tune/pruners/make_pruner.h"

#include "base/error.h"
#include "tune/pruners/nop_pruner.h"
#include "tune/pruners/percentile_pruner.h"

namespace hone::tune {

std::shared_ptr<Pruner> make_pruner(const std::string& name) {
  if (name == "median") return std::make_shared<MedianPruner>();
  if (name == "none") return std::make_shared<NopPruner>();
  fail(ErrorKind::usage, "unknown pruner \"{}\"; choose one of: median, none", printable(name));
}

}  // namespace hone::tune
