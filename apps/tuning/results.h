// The files of a finished run: tables, JSON and the report; and the words printed at the end.
#pragma once

#include <optional>
#include <string>

#include "apps/tuning/final_training.h"

namespace hone::app {

// What is known of a study when it is over.
struct StudyNumbers {
  int complete = 0, pruned = 0, failed = 0;
  std::optional<double> best_value, default_value, startup_median;
  double seconds = 0;             // of all trials, wall clock of the search over all calls
  double samples_per_second = 0;  // of the search
};

// sqrt(p (1 - p) / n), the standard error of an accuracy p over n samples.
double standard_error(double accuracy, std::int64_t samples);

StudyNumbers study_numbers(const tune::Study& study);

// What the report shows.
report::ReportData report_data(const Run& run, const tune::Study& study,
                               const StudyNumbers& numbers,
                               const std::optional<FinalResult>& final);

// trials.csv, best_params.json, summary.json and report.html in run.folder.
void write_results(const Run& run, const tune::Study& study, const StudyNumbers& numbers,
                   const std::optional<FinalResult>& final);

// The lines that end a run, from summary.json in run.out; also for a run that had finished before.
void print_results(const Run& run, const tune::Study& study, Console& console);

}  // namespace hone::app
