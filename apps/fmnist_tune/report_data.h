// Filling the report from a study and a final training.
#pragma once

#include "apps/fmnist_tune/results.h"
#include "apps/report/report.h"

namespace hone::app {

report::ReportData report_data(const Run& run, const tune::Study& study,
                               const StudyNumbers& numbers,
                               const std::optional<FinalResult>& final);

}  // namespace hone::app
