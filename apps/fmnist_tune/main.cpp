// fmnist_tune: search, retrain, test, report. See --help.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <new>
#include <string_view>
#include <vector>

#include "apps/fmnist_tune/predict.h"
#include "apps/fmnist_tune/results.h"
#include "base/digest.h"
#include "base/error.h"
#include "nn/data/fashion_mnist.h"
#include "nn/data/split.h"

namespace hone::app {
namespace {

std::atomic<bool> g_cancelled{false};  // set by the signal handler, read through a CancelToken

// The first signal asks for a clean stop, the second ends at once.
extern "C" void on_signal(int) {
  if (g_cancelled.exchange(true)) _exit(130);
  constexpr char kText[] = "\nstopping after this batch; press Ctrl-C again to stop at once\n";
  if (::write(STDERR_FILENO, kText, sizeof kText - 1) < 0) return;
}

// One run at a time per output folder: held until the process ends.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
      fail(ErrorKind::storage, "{}: cannot be made: {}; choose another folder with --out",
           printable(folder.string()), error.message());
    const std::filesystem::path file = folder / ".lock";
    descriptor_ = ::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666);
    if (descriptor_ < 0)
      fail(ErrorKind::storage, "{}: cannot be written; choose another folder with --out",
           printable(folder.string()));
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0)
      fail(ErrorKind::storage,
           "{}: another fmnist_tune is running in this folder; wait for it, or use another --out",
           printable(folder.string()));
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() { ::close(descriptor_); }

 private:
  int descriptor_ = -1;
};

// Everything that is written into the output folder beside the study and the checkpoints.
constexpr std::array<std::string_view, 7> kResults = {
    "trials.csv",   "best_params.json", "model.safetensors", "history.csv",
    "summary.json", "report.html",      "final.job"};

constexpr std::int64_t kValidationImages = 5000;  // the tutorial's split: the first 5,000

// Of data that is not the official one: other pictures or labels are another study.
std::string name_of(const nn::data::ImageSet& set) {
  return fmt::format("{} training images, digest {} {}", set.count,
                     digest_hex(set.pixels.data(), set.pixels.size()),
                     digest_hex(set.labels.data(), set.labels.size() * sizeof(set.labels[0])));
}

nn::data::ImageSet load_data(Run& run, Console& console) {
  const std::filesystem::path folder = nn::data::find_fashion_mnist(run.options.data);
  const nn::data::FashionMnistSets sets = nn::data::load_fashion_mnist_files(folder);
  run.data = sets.official ? "Fashion-MNIST" : name_of(sets.train);
  const std::int64_t validation = std::min(kValidationImages, sets.train.count / 2);
  const nn::data::ImageSet train = sets.train.take(validation, sets.train.count);
  const std::int64_t wanted = run.settings.train_images;
  check(wanted <= train.count || !run.options.train_images,
        "--train-images {}: there are {} training images besides the {} for validation", wanted,
        train.count, validation);
  const std::int64_t subset = std::min(wanted, train.count);
  // The same subset for every trial: differences between trials are then not differences of data.
  const nn::data::Split part = nn::data::split_stratified(
      train.labels, nn::data::kFashionMnistClasses, subset, run.options.seed);
  run.validation = nn::data::upload(*run.device, sets.train.take(0, validation));
  run.train = nn::data::upload(*run.device, train);
  run.search = subset == train.count ? run.train
                                     : nn::data::upload(*run.device, train.select(part.validation));
  run.test = nn::data::upload(*run.device, sets.test);
  console.line(fmt::format(
      "data     {}{}: {} images to train on ({} in a trial), {} to validate, {} to test",
      folder.string(), sets.official ? "" : " (not the official files)", train.count, subset,
      validation, sets.test.count));
  return sets.test;
}

void prepare(Run& run) {
  Options& options = run.options;
  run.settings = resolve_settings(options);
  run.study_name = options.study.empty() ? "fmnist-" + run.settings.preset : options.study;
  const bool names_a_folder = run.study_name.find('/') == std::string::npos &&
                              run.study_name != "." && run.study_name != "..";
  check(names_a_folder || !options.out.empty(),
        "--study {}: the name cannot be that of the output folder; give --out",
        printable(run.study_name));
  run.out = options.out.empty() ? std::filesystem::path("runs") / run.study_name : options.out;
  run.storage =
      options.storage.empty() ? "sqlite:///" + (run.out / "study.db").string() : options.storage;
  run.device = device_of(options);
  run.threads = run.device->new_backend({.threads = options.threads})->threads();
  run.cancel = CancelToken(g_cancelled);
}

// Adds this call's seconds and images to what the study has.
void keep_totals(tune::Study& study, const SearchTotals& totals) {
  const StudyNumbers before = study_numbers(study);
  study.set_user_attr("search_seconds", before.seconds + totals.seconds);
  study.set_user_attr("search_images", before.images_per_second * before.seconds +
                                           static_cast<double>(totals.images));
}

// What summary.json was made from; when it is unchanged, there is nothing left to do.
std::string result_key(const Run& run, const tune::Study& study) {
  const auto best = best_trial(study);
  return fmt::format("{} trials, best {}, {} final epochs", finished_trials(study.trials()),
                     best ? best->number : -1,
                     run.options.no_retrain ? 0 : run.settings.final_epochs);
}

bool finished_before(const Run& run, const tune::Study& study) {
  const auto attributes = study.attributes();
  const auto found = attributes.find("result");
  std::vector<const char*> files = {"summary.json", "trials.csv", "best_params.json",
                                    "report.html"};
  if (!run.options.no_retrain) files.insert(files.end(), {"model.safetensors", "history.csv"});
  return found != attributes.end() && found->second == "\"" + result_key(run, study) + "\"" &&
         finished_trials(study.trials()) >= run.settings.trials &&
         std::all_of(files.begin(), files.end(), [&](const char* name) {
           std::error_code ignored;
           return std::filesystem::exists(run.out / name, ignored);
         });
}

int interrupted(const Run& run, Console& console) {
  console.result("interrupted; run the same command to go on: " +
                 printable(run.options.command_line));
  return static_cast<int>(ErrorKind::interrupted);
}

// What a killed run was writing: NAME.abc123 or NAME.link beside a file of ours. The folder is
// locked, so nobody is writing it now.
void remove_leftovers(const std::filesystem::path& out) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(out, ignored)) {
    const std::filesystem::path name = entry.path().filename();
    const std::string ending = name.extension().string(), of = name.stem().string();
    const bool temporary = ending.size() == 7 || ending == ".link";
    const bool ours = of.ends_with(".checkpoint") ||
                      std::find(kResults.begin(), kResults.end(), of) != kResults.end();
    if (temporary && ours) std::filesystem::remove(entry.path(), ignored);
  }
}

void remove_old_results(const std::filesystem::path& out) {
  std::error_code ignored;
  for (const std::string_view name : kResults) std::filesystem::remove(out / name, ignored);
  for (const auto& entry : std::filesystem::directory_iterator(out, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".checkpoint") || name.ends_with(".checkpoint.prev"))
      std::filesystem::remove(entry.path(), ignored);
  }
}

[[noreturn]] void no_best_trial(const Run& run, const tune::Study& study,
                                const nn::data::ImageSet& test) {
  const int finished = finished_trials(study.trials());
  if (finished == 0)
    fail(ErrorKind::usage, "no trial was completed within --timeout {}; give it more time",
         run.options.timeout);
  write_results(run, study, study_numbers(study), std::nullopt, test);
  fail(ErrorKind::usage,
       "no trial was completed ({} pruned or failed): look at {} and ask for more --trials or "
       "another --seed",
       finished, (run.out / "report.html").string());
}

int search_and_retrain(const Run& run, tune::Study& study, const nn::data::ImageSet& test,
                       Console& console) {
  keep_totals(study, search(run, study, console));
  if (run.cancel.cancelled()) return interrupted(run, console);
  const auto best = best_trial(study);
  if (!best) no_best_trial(run, study, test);
  std::optional<FinalResult> final;
  if (!run.options.no_retrain) {
    final = train_final(run, *best, console);
    if (!final) return interrupted(run, console);
  }
  write_results(run, study, study_numbers(study), final, test);
  study.set_user_attr("result", result_key(run, study));
  std::error_code ignored;
  for (const char* name : {"final.checkpoint", "final.checkpoint.prev", "final.job"})
    std::filesystem::remove(run.out / name, ignored);
  print_results(run, console);
  return 0;
}

int tune_command(const Options& options, Console& console) {
  Run run;
  run.options = options;
  prepare(run);
  const FolderLock lock(run.out);
  remove_leftovers(run.out);
  console.line(fmt::format("device   {}, {} threads, {} jobs", run.device->description(),
                           run.threads, options.jobs));
  const nn::data::ImageSet test = load_data(run, console);
  if (options.fresh) remove_old_results(run.out);
  tune::Study study = open_study(run);
  if (finished_before(run, study)) {
    console.line("This study is finished; --trials asks for more, --fresh starts anew.");
    print_results(run, console);
    return 0;
  }
  const int done = finished_trials(study.trials());
  console.line(fmt::format("study    {} in {}: {} of {} trials{}", printable(run.study_name),
                           printable(run.storage), done, run.settings.trials,
                           done > 0 ? ", going on" : ""));
  console.line(fmt::format(
      "trials   {} epochs of {} images in batches of {}; {} sampler, pruner {}; seed {}\n",
      run.settings.epochs, run.search.count(), run.settings.batch, options.sampler,
      run.settings.pruner, options.seed));
  try {
    return search_and_retrain(run, study, test, console);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::storage && error.kind() != ErrorKind::device) throw;
    fail(error.kind(),
         "{}\nWhat is finished is kept: when this is mended, the same command goes on.",
         error.what());
  }
}

}  // namespace
}  // namespace hone::app

int main(int argc, char** argv) {
  using namespace hone;
  try {
    const app::Options options = app::parse_options(argc, argv);
    std::signal(SIGINT, app::on_signal);
    std::signal(SIGTERM, app::on_signal);
    app::Console console(options.quiet);
    if (options.predict) {
      app::predict(options, console);
      return 0;
    }
    return app::tune_command(options, console);
  } catch (const Error& error) {
    std::fprintf(stderr, "fmnist_tune: %s\n", error.what());
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "fmnist_tune: out of memory\n");
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fmnist_tune: %s\n", error.what());
    return 1;
  }
}
