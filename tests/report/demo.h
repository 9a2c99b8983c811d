// A made-up study in the style of Fashion-MNIST, for the tests of the report.
#pragma once

#include "apps/report/report.h"

namespace hone::report {

// 30 trials: finished, pruned, one failed and the default among them; the same for every call.
ReportData demo_report();

// A grey 8x8 PNG file with a simple pattern.
std::vector<std::uint8_t> demo_png(std::uint8_t shade);

}  // namespace hone::report
