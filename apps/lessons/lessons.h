// The pictures and numbers of docs/lessons, from what hone itself computes.
#pragma once

#include <filesystem>
#include <vector>

#include "tune/history_view.h"

namespace hone::lessons {

// The study with 5,000 training images of the tutorial "Neural network hyperparameter tuning with
// Optuna": 50 COMPLETE trials whose value, 1 - the last epoch's validation accuracy, is minimised.
// Numbers are rounded as the notebook printed them.
std::vector<tune::TrialPtr> tutorial_history();

// Each writes its SVG files into the folder and prints the numbers that its page shows.
void draw_tpe(const std::filesystem::path& folder);
void draw_gaussian_process(const std::filesystem::path& folder);
void draw_pruning(const std::filesystem::path& folder);

}  // namespace hone::lessons
