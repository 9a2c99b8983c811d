// Filling the report from a study and a final training.
#pragma once

#include "apps/report/report.h"
#include "apps/tuning/results.h"

namespace hone::app {

report::ReportData report_data(const Run& run, const tune::Study& study,
                               const StudyNumbers& numbers,
                               const std::optional<FinalResult>& final);

}  // namespace hone::app
