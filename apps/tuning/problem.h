// What is tuned: everything in which the programs that tune differ.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "apps/report/report.h"
#include "base/json.h"
#include "nn/data/dataset.h"
#include "tune/pruner.h"
#include "tune/training/replay.h"

namespace hone::app {

struct Problem {
  // On the device once, used by every trial. `search` is the part of `train` that trials train on.
  nn::data::Dataset search, train, validation, test;
  nn::data::ImageSet test_images;    // on the host, for the pictures of the report; may be empty
  std::vector<std::string> classes;  // one name a class; empty: values are predicted
  std::string data_name;             // for people
  std::vector<std::string> notes;    // about the data, a line each
  std::string unit = "samples";      // what the samples are, in keys and lines: "images_per_second"
  std::string sample_name = "samples";          // the same in the report
  bool light_on_black = false;                  // the pictures, in the report
  std::optional<report::NamedValue> baseline;   // what the test part gives without a model
  std::map<std::string, std::string> metadata;  // of the final model

  // What a trial trains: suggest calls only. `finish` makes the final training of it.
  tune::training::Describe describe;
  std::function<void(nn::train::Training&)> finish;
  tune::training::ValueOf value = tune::training::ValueOf::best_epoch;
  std::string value_name = "validation accuracy";
  // Where values are predicted: of the trainings, the one that trials are judged by first.
  std::vector<std::string> metrics;

  int trials = 20;
  int most_epochs = 1;  // of a trial
  std::shared_ptr<const tune::Pruner> pruner;
  std::vector<std::pair<std::string, tune::Value>> default_configuration;  // trial 0; may be empty
  std::string trial_text;  // what a trial does: "8 epochs of 16000 images in batches of 64"
  std::string preset;      // for the report
  Json::Object summary;    // what summary.json begins with

  std::map<std::string, std::string> settings;            // a change of them is another study
  std::map<std::string, std::string> late_settings = {};  // as of tune::StudyOptions
  // Settings of which some only follow from others (and from the seed): where one of those differs,
  // these do, too, which says nothing of its own.
  std::vector<std::string> causes = {}, consequences = {};
  std::vector<std::string> words;  // of the command line that makes this problem again, to replay
  std::map<std::string, std::string> files = {};  // written into the output folder: name, text
  std::vector<std::string> inputs = {};  // files that are read; no result may be in their place

  bool classifies() const { return !classes.empty(); }
  tune::Direction direction() const {
    return classifies() ? tune::Direction::maximize : tune::Direction::minimize;
  }
  // A value of the study for people: "91.24%", "1234.5".
  std::string text(double x) const {
    return classifies() ? fmt::format("{:.2f}%", 100 * x) : fmt::format("{:.5g}", x);
  }
};

}  // namespace hone::app
