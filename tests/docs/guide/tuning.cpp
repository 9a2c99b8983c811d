// Searching for good settings of a training.
#include <apps/report/report.h>
#include <hone.h>

#include <fmt/core.h>

using namespace hone;

// What is to be trained, with the settings that the trial suggests.
static nn::train::Training describe(tune::Trial& trial) {
  nn::Network network;
  const std::int64_t blocks = trial.suggest_int("blocks", 1, 2);
  for (std::int64_t i = 0; i < blocks; ++i)
    network.add(nn::Conv2d{.out = 8 << i, .padding = nn::Padding::same})
        .add(nn::ReLU{})
        .add(nn::MaxPool2d{});
  network.add(nn::Flatten{});
  const double p = trial.suggest_float("dropout", 0, 0.5);
  network.add(nn::Dropout{.p = static_cast<float>(p)}).add(nn::Linear{.out = 10});

  nn::train::Training training{.network = network, .epochs = 4, .seed = trial.seed()};
  const auto lr = static_cast<float>(trial.suggest_float("lr", 1e-4, 1, {.log = true}));
  if (trial.suggest_categorical("optimizer", {"adam", "sgd"}) == "adam")
    training.optimizer = optim::Adam{.lr = lr};
  else
    training.optimizer = optim::SGD{.lr = lr, .momentum = 0.9f};
  return training;
}

int main() {
  // The tuner alone: any function of a trial.
  tune::Study parabola = tune::Study::open({.name = "parabola", .log = {}});
  parabola.optimize(tune::Objective([](tune::Trial& trial) {
                      const double x = trial.suggest_float("x", -10, 10);
                      return tune::Outcome::complete((x - 2) * (x - 2));
                    }),
                    {.trials = 30});
  fmt::print("x = {:.1f}\n", parabola.best().param<double>("x"));

  // A training as the objective.
  const auto device = open_device("cpu");
  const nn::data::ImageSet pictures = nn::data::synthetic_shapes({.count = 1200, .side = 16});
  const nn::data::Dataset train = nn::data::upload(*device, pictures.take(0, 900));
  const nn::data::Dataset validation = nn::data::upload(*device, pictures.take(900, 1200));

  tune::Study study = tune::Study::open({.storage = "sqlite:///shapes.db",
                                         .name = "shapes",
                                         .direction = tune::Direction::maximize,
                                         .pruner = tune::make_pruner("median"),
                                         .seed = 7,
                                         .log = {}});
  study.optimize(tune::Objective([&](tune::Trial& trial) {
                   return tune::training::run_trial(describe(trial), trial,
                                                    device->new_backend({.threads = 1}),
                                                    {.train = train, .validation = validation});
                 }),
                 {.trials = 12, .jobs = 2});

  const tune::TrialRecord best = study.best();
  fmt::print("{} trials, the best is {} with {:.2f}\n", study.finished(), best.number,
             *best.value());
  for (const tune::Parameter& param : best.params)
    fmt::print("  {} = {}\n", param.name, tune::to_text(param.value()));
  report::write_report("report.html", report::study_report(study));

  // The best settings again, on all the data.
  tune::Trial again = tune::Trial::fixed(best.param_values());
  nn::train::Training training = describe(again);
  training.epochs = 8;
  nn::train::Trainer trainer(training, train.shape(), device->new_backend());
  trainer.fit(nn::data::upload(*device, pictures));
  nn::io::save_model("best.safetensors", trainer.model());
}
