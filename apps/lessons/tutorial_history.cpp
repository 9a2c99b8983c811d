// The 50 trials of the tutorial's complete study, as its notebook printed them.
#include "apps/lessons/lessons.h"

namespace hone::lessons {

namespace {

struct Row {
  int blocks;
  char optimizer;  // A: Adam, S: SGD
  double rate, momentum, dropout, value;
};

constexpr Row kRows[] = {
    {3, 'S', 3.05e-02, 1.6e-02, 0.274, 0.1562}, {2, 'A', 8.79e-03, 0, 0.207, 0.1542},
    {1, 'A', 3.64e-05, 0, 0.185, 0.1616},       {3, 'A', 1.68e-05, 0, 0.099, 0.2026},
    {3, 'S', 9.31e-04, 1.8e-02, 0.455, 0.4244}, {2, 'S', 6.62e-04, 1.1e-05, 0.432, 0.4122},
    {4, 'S', 7.99e-04, 3.5e-02, 0.461, 0.5850}, {1, 'A', 1.70e-03, 0, 0.185, 0.1312},
    {2, 'S', 3.10e-03, 6.6e-05, 0.114, 0.2380}, {4, 'S', 5.77e-03, 1.2e-03, 0.257, 0.2554},
    {1, 'A', 8.78e-05, 0, 0.012, 0.1344},       {1, 'A', 3.57e-04, 0, 0.015, 0.1234},
    {1, 'A', 1.07e-05, 0, 0.003, 0.1814},       {1, 'A', 1.71e-04, 0, 0.347, 0.1278},
    {1, 'A', 5.70e-03, 0, 0.351, 0.1408},       {2, 'A', 1.02e-02, 0, 0.351, 0.1762},
    {1, 'A', 6.17e-02, 0, 0.344, 0.9100},       {2, 'A', 2.22e-04, 0, 0.401, 0.1286},
    {1, 'A', 3.84e-04, 0, 0.304, 0.1260},       {2, 'A', 8.21e-04, 0, 0.075, 0.1256},
    {2, 'A', 1.01e-03, 0, 0.056, 0.1270},       {1, 'A', 2.27e-03, 0, 0.071, 0.1434},
    {2, 'A', 4.91e-04, 0, 0.147, 0.1214},       {3, 'A', 4.60e-05, 0, 0.138, 0.1582},
    {2, 'A', 4.61e-04, 0, 0.037, 0.1342},       {2, 'A', 4.70e-02, 0, 0.140, 0.8984},
    {3, 'A', 4.07e-03, 0, 0.083, 0.1490},       {2, 'A', 5.44e-04, 0, 0.027, 0.1324},
    {2, 'A', 1.56e-04, 0, 0.144, 0.1364},       {3, 'A', 9.77e-04, 0, 0.223, 0.1356},
    {3, 'A', 9.16e-04, 0, 0.053, 0.1298},       {1, 'A', 3.17e-04, 0, 0.285, 0.1250},
    {1, 'A', 8.64e-05, 0, 0.285, 0.1420},       {2, 'A', 2.53e-04, 0, 0.222, 0.1248},
    {1, 'A', 9.83e-05, 0, 0.231, 0.1422},       {2, 'A', 2.79e-05, 0, 0.186, 0.1758},
    {1, 'A', 2.34e-02, 0, 0.312, 0.2242},       {2, 'A', 3.35e-04, 0, 0.257, 0.1218},
    {2, 'S', 1.03e-02, 7.1e-03, 0.256, 0.2244}, {2, 'A', 2.65e-04, 0, 0.207, 0.1266},
    {3, 'S', 2.77e-03, 1.9e-02, 0.160, 0.2708}, {2, 'A', 2.03e-03, 0, 0.281, 0.1394},
    {2, 'A', 5.53e-04, 0, 0.236, 0.1232},       {2, 'A', 6.61e-04, 0, 0.227, 0.1214},
    {2, 'A', 1.63e-03, 0, 0.242, 0.1226},       {2, 'A', 3.87e-03, 0, 0.185, 0.1346},
    {2, 'A', 2.76e-03, 0, 0.258, 0.1294},       {3, 'S', 1.11e-05, 2.3e-04, 0.168, 0.8948},
    {2, 'A', 1.57e-03, 0, 0.243, 0.1282},       {2, 'A', 9.70e-03, 0, 0.198, 0.9006},
};

}  // namespace

std::vector<tune::TrialPtr> tutorial_history() {
  const tune::Distribution rate = tune::FloatDistribution{1e-5, 1e-1, true};
  std::vector<tune::TrialPtr> trials;
  for (const Row& row : kRows) {
    tune::TrialRecord trial;
    trial.number = static_cast<int>(trials.size());
    trial.state = tune::TrialState::complete;
    trial.values = {row.value};
    const bool adam = row.optimizer == 'A';
    trial.params = {
        {"n_blocks", tune::IntDistribution{1, 4}, static_cast<double>(row.blocks)},
        {"dropout_rate", tune::FloatDistribution{0, 0.5}, row.dropout},
        {"optimizer_name", tune::CategoricalDistribution{{std::string("Adam"), std::string("SGD")}},
         adam ? 0.0 : 1.0}};
    if (adam) {
      trial.params.push_back({"adam_lr", rate, row.rate});
    } else {
      trial.params.push_back({"sgd_lr", rate, row.rate});
      trial.params.push_back({"sgd_momentum", rate, row.momentum});
    }
    trials.push_back(std::make_shared<const tune::TrialRecord>(std::move(trial)));
  }
  return trials;
}

}  // namespace hone::lessons
