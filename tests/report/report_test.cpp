// The page as a whole: its structure, what is left out, hostile names and numbers, and its size.
#include "apps/report/report.h"

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "nn/data/png.h"
#include "tests/report/demo.h"

namespace hone::report {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr const char* kHostile =
    "</script><img src=x onerror=\"document.title='alerted'\">&\"'`</title></style><b "
    "hostile>\xE2\x80\xA8\x01";

using tune::TrialRecord;

TrialRecord finished(int number, double value) {
  TrialRecord trial;
  trial.number = number;
  trial.state = tune::TrialState::complete;
  trial.values = {value};
  return trial;
}

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// The first fault of the markup, or nothing: every element is closed in order, attributes are
// quoted, and no bare '<' or '&' stands in a text. The text of style and script is passed over.
std::string markup_fault(std::string_view page) {
  std::vector<std::string> open;
  std::size_t at = page.find("<html");
  while (at < page.size()) {
    if (page[at] == '&') {
      const std::size_t end = page.find(';', at);
      if (end == page.npos || end > at + 8) return fmt::format("bare & at {}", page.substr(at, 40));
    }
    if (page[at] == '>') return fmt::format("bare > at {}", page.substr(at, 40));
    if (page[at] != '<') {
      ++at;
      continue;
    }
    std::size_t end = at + 1;
    for (bool quoted = false; end < page.size() && (quoted || page[end] != '>'); ++end) {
      if (page[end] == '"') quoted = !quoted;
      if (page[end] == '<') return fmt::format("< inside a tag at {}", page.substr(at, 80));
    }
    if (end >= page.size()) return "a tag without an end";
    const std::string_view tag = page.substr(at + 1, end - at - 1);
    const std::string name(tag.substr(tag[0] == '/', tag.find_first_of(" /", 1) - (tag[0] == '/')));
    if (tag[0] == '/') {
      if (open.empty() || open.back() != name) return fmt::format("</{}> closes nothing", name);
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(name);
    }
    at = end + 1;
    if (name == "style" || name == "script") {
      const std::size_t close = page.find("</" + name + ">", at);
      if (tag[0] != '/') at = close;
    }
  }
  return open.empty() ? "" : fmt::format("<{}> is not closed", open.back());
}

ReportData hostile_report() {
  ReportData data = demo_report();
  const std::string evil = kHostile;
  for (std::string* text : {&data.title, &data.study, &data.preset, &data.device, &data.date,
                            &data.value_name, &data.step_name}) {
    *text = evil;
  }
  data.reproduce.push_back(evil);
  data.importances.push_back({evil, 0.5});
  for (TrialRecord& trial : data.trials) {
    trial.user_attrs["fail_reason"] = trial.user_attrs["prune_reason"] = json_quoted(evil);
    trial.params.push_back({evil, tune::CategoricalDistribution{{evil}}, 0});
    trial.params.push_back({evil + "2", tune::FloatDistribution{}, 0.5});
  }
  for (std::string& name : data.class_names) name += evil;
  data.class_names[0] = std::string(10000, '<');
  for (auto* cells : {&data.samples, &data.mistakes}) {
    for (PictureCell& cell : *cells) cell.truth = cell.predicted = evil;
  }
  for (nn::LayerCost& layer : data.network.layers) layer.name = layer.text = evil;
  return data;
}

TEST_CASE("the page of a whole study is well-formed and holds every section in order") {
  const std::string page = render_report(demo_report());
  CHECK(markup_fault(page) == "");
  std::size_t last = 0;
  for (const char* id : {"history", "curves", "slices", "importances", "pairs", "parallel",
                         "distribution", "training", "confusion", "classes", "samples", "mistakes",
                         "network", "trials", "reproduce"}) {
    CAPTURE(id);
    const std::size_t at = page.find(fmt::format("<section id=\"{}\">", id));
    REQUIRE(at != page.npos);
    CHECK(at > last);
    last = at;
  }
  CHECK(page.find("92.20<small>%</small>") != page.npos);
  CHECK(page.find("± 0.27") != page.npos);
  CHECK(page.find("<b>99</b> of 1,000 pictures of <b>Shirt</b> were called <b>T-shirt/top</b>") !=
        page.npos);
}

TEST_CASE("the markup check of these tests finds faults") {
  CHECK(markup_fault("<html><p>a</html>") != "");
  CHECK(markup_fault("<html><p title=\"<\"/></html>") != "");
  CHECK(markup_fault("<html>a & b</html>") != "");
  CHECK(markup_fault("<html>a<br/>b &lt; c</html>") == "");
}

TEST_CASE("a report without data is a page without sections") {
  const std::string page = render_report({});
  CHECK(markup_fault(page) == "");
  CHECK(page.find("<section") == page.npos);
  CHECK(page.find("No result yet") != page.npos);
}

TEST_CASE("a regression is shown by its error, its own metric, and what it predicted") {
  ReportData data = demo_report();
  data.test_accuracy.reset();
  data.confusion.clear();
  data.samples.clear();
  data.mistakes.clear();
  data.test_error = NamedValue{"RMSE", 12.5};
  data.baseline = NamedValue{"always predicting the <mean>", 40.25};
  data.sample_name = "houses & flats";
  data.test_images = 80;
  data.epoch_metric = "rmse";
  double value = 20;
  for (nn::train::EpochRecord& row : data.history.epochs) {
    row.accuracy = kNaN;
    row.val_accuracy.reset();
    row.metrics = {{"val_rmse", value *= 0.9}};
  }
  data.predictions = {{1, 2}, {3, 4}, {kNaN, 1}};
  const std::string page = render_report(data);
  CHECK(markup_fault(page) == "");
  for (const char* text :
       {"12.5", "test RMSE, on 80 houses &amp; flats that the search never saw",
        "always predicting the &lt;mean&gt;: 40.25", "Loss, rmse and learning rate by epoch.",
        "2 of the test houses &amp; flats: what was predicted", "true 3\npredicted 4"}) {
    CAPTURE(text);
    CHECK(page.find(text) != page.npos);
  }
  CHECK(page.find(">accuracy<") == page.npos);
  data.predictions.assign(5001, {1, 1});
  CHECK_THROWS_WITH_AS(render_report(data),
                       "report: predictions holds 5001 pairs, the most is 5000", Error);
}

TEST_CASE("missing parts are left out and the others stay") {
  ReportData data = demo_report();
  data.history.epochs.clear();
  data.confusion.clear();
  data.test_accuracy.reset();
  const std::string page = render_report(data);
  CHECK(markup_fault(page) == "");
  for (const char* id : {"training", "confusion", "classes"}) {
    CHECK(page.find(fmt::format("id=\"{}\"", id)) == page.npos);
  }
  CHECK(page.find("id=\"history\"") != page.npos);
  CHECK(page.find("best validation accuracy, trial") != page.npos);
  CHECK(page.find("flattering") == page.npos);
}

TEST_CASE("hostile names are shown as text everywhere") {
  const std::string page = render_report(hostile_report());
  CHECK(markup_fault(page) == "");
  CHECK(occurrences(page, "<script") == 1);
  CHECK(occurrences(page, "</script") == 1);
  CHECK(occurrences(page, "<style") == 1);
  CHECK(page.find("<img src=x") == page.npos);
  CHECK(page.find("<b hostile") == page.npos);
  CHECK(page.find("onerror=\"") == page.npos);
  CHECK(page.find("\xE2\x80\xA8") == page.npos);
  CHECK(page.find('\x01') == page.npos);
  CHECK(page.find("&lt;img src=x") != page.npos);
}

TEST_CASE("the page refers to nothing outside itself") {
  const std::string page = render_report(demo_report());
  for (const char* outside :
       {"http:", "https:", "url(", "@import", "<base", "<iframe", "<object"}) {
    CAPTURE(outside);
    CHECK(page.find(outside) == page.npos);
  }
  CHECK(occurrences(page, "src=\"") == occurrences(page, "src=\"data:image/png;base64,"));
  CHECK(occurrences(page, "href=\"") == 1);
  CHECK(page.find("default-src 'none'") != page.npos);
  CHECK(page.find("unsafe-inline") == page.npos);
  CHECK(page.find(" style=\"") == page.npos);  // the policy would refuse it
}

TEST_CASE("numbers that are not finite or absurd leave no trace in the drawing") {
  ReportData data = demo_report();
  const double odd[] = {kNaN, kInf, -kInf, 1e308, -1e308, 5e-324, 0.0, -1.0};
  std::size_t i = 0;
  for (TrialRecord& trial : data.trials) {
    const double value = odd[i++ % 8];
    trial.values = {value};
    for (tune::Parameter& param : trial.params) param.internal = value;
    for (auto& [step, reported] : trial.intermediate) reported = odd[i++ % 8];
  }
  data.trials[0].number = std::numeric_limits<int>::max();
  data.trials[1].number = std::numeric_limits<int>::min();
  data.trials[2].intermediate[std::numeric_limits<int>::min()] = 1;
  data.trials[3].start_time = std::numeric_limits<std::int64_t>::min();
  data.trials[4].end_time = std::numeric_limits<std::int64_t>::max();
  for (nn::train::EpochRecord& row : data.history.epochs) {
    row.loss = odd[i++ % 8];
    row.val_accuracy = odd[i++ % 8];
    row.learning_rate = static_cast<float>(odd[i++ % 8]);
  }
  data.history.epochs[3].epoch = std::numeric_limits<int>::max();
  data.confusion[2][2] = std::numeric_limits<std::uint64_t>::max();
  data.best_standard_error = kNaN;
  data.test_accuracy = Measured{kInf, kNaN};
  data.search_seconds = kInf;
  data.images_per_second = kNaN;
  const std::string page = render_report(data);
  CHECK(markup_fault(page) == "");
  for (const char* bad : {"nan", "=\"inf", "=\"-inf", " inf", ">inf", "-nan"}) {
    CAPTURE(bad);
    const std::size_t at = page.find(bad);
    CAPTURE(at == page.npos ? "" : page.substr(at < 60 ? 0 : at - 60, 120));
    CHECK(at == page.npos);
  }
}

TEST_CASE("one trial and one epoch are enough for a page") {
  ReportData data;
  data.trials = {demo_report().trials[0]};
  data.history.epochs = {demo_report().history.epochs[0]};
  const std::string page = render_report(data);
  CHECK(markup_fault(page) == "");
  CHECK(page.find("id=\"history\"") != page.npos);
  CHECK(page.find("id=\"training\"") != page.npos);
}

TEST_CASE("the sentence under the result counts the trials that are tied with the best") {
  ReportData data;
  for (int i = 0; i < 5; ++i) data.trials.push_back(finished(i, 0.90 + 0.01 * i));
  data.best_trial = 4;
  data.best_standard_error = 0.015;
  CHECK(render_report(data).find("<b>1 of the other 4 finished trials</b> is within") !=
        std::string::npos);
  data.best_standard_error = 0.025;
  CHECK(render_report(data).find("<b>2 of the other 4 finished trials</b> are within") !=
        std::string::npos);
  data.best_standard_error = 0.005;
  CHECK(render_report(data).find("No other of the 5 finished trials") != std::string::npos);
  CHECK(render_report(data).find("The default configuration is") == std::string::npos);
  data.trials.push_back(finished(5, 0.937));
  data.default_trial = 5;
  CHECK(render_report(data).find("The default configuration is one of the ties") !=
        std::string::npos);
}

TEST_CASE("the configuration that is shown is the one that fresh seeds name") {
  ReportData data;
  for (int i = 0; i < 3; ++i) {
    data.trials.push_back(finished(i, 0.5 + 0.1 * i));
    data.trials.back().params = {
        {"width", tune::IntDistribution{1, 99}, static_cast<double>(10 + i)}};
  }
  data.best_trial = 2;
  const auto shown = [&](int width) {
    return render_report(data).find(fmt::format("<dt>width</dt><dd>{}</dd>", width)) !=
           std::string::npos;
  };
  CHECK(shown(12));
  tune::Candidate first;
  first.number = 0;
  data.reruns.emplace().candidates = {first};
  CHECK(shown(10));
  CHECK_FALSE(shown(12));
  CHECK(render_report(data).find("fresh seeds name, trial 0") != std::string::npos);
}

TEST_CASE("values beyond the scale are counted and drawn at the edge, on the bad side only") {
  ReportData data;
  for (int i = 0; i < 20; ++i) data.trials.push_back(finished(i, i == 7 ? 0.1 : 0.90 + 0.001 * i));
  CHECK(render_report(data).find("One value off the scale is drawn as a triangle") !=
        std::string::npos);
  data.direction = tune::Direction::minimize;  // now 0.1 is the best of all
  CHECK(render_report(data).find("off the scale") == std::string::npos);
}

TEST_CASE("cuts of the learning rate are marked, a smooth schedule has none") {
  ReportData data = demo_report();
  CHECK(occurrences(render_report(data), "class=\"cut\"") ==
        2);  // in the wide and in the narrow chart
  CHECK(render_report(data).find("rate ×0.1<") != std::string::npos);
  for (nn::train::EpochRecord& row : data.history.epochs)
    row.learning_rate = static_cast<float>(0.001 * std::pow(0.9, row.epoch));
  CHECK(occurrences(render_report(data), "class=\"cut\"") == 0);
}

TEST_CASE("a parameter has a panel with only the trials that have it") {
  ReportData data;
  for (int i = 0; i < 6; ++i) {
    TrialRecord trial = finished(i, 0.5 + 0.01 * i);
    trial.params.push_back({"always", tune::FloatDistribution{}, 0.1 * i});
    if (i < 2) trial.params.push_back({"seldom", tune::FloatDistribution{}, 0.1 * i});
    data.trials.push_back(trial);
  }
  const std::string page = render_report(data);
  const std::size_t always = page.find("Slice: always");
  const std::size_t seldom = page.find("Slice: seldom");
  REQUIRE(always < seldom);
  CHECK(occurrences(page.substr(always, seldom - always), "class=\"pt ") == 6);
  CHECK(occurrences(page.substr(seldom, page.find("</section>", seldom) - seldom), "class=\"pt ") ==
        2);
}

TEST_CASE("a picture that is no PNG or too large is refused by its place") {
  ReportData data = demo_report();
  data.mistakes[3].png = {'G', 'I', 'F'};
  CHECK_THROWS_WITH_AS(render_report(data), doctest::Contains("mistakes[3] is no PNG file"), Error);
  data = demo_report();
  data.samples[5].png.resize(300 * 1024);
  CHECK_THROWS_WITH_AS(render_report(data), doctest::Contains("samples[5] has 307200 bytes"),
                       Error);
}

TEST_CASE("a confusion matrix that is not square or lacks names is refused") {
  ReportData data = demo_report();
  data.confusion[4].pop_back();
  CHECK_THROWS_WITH_AS(render_report(data),
                       doctest::Contains("confusion[4] has 9 columns, expected 10"), Error);
  data = demo_report();
  data.class_names.pop_back();
  CHECK_THROWS_WITH_AS(render_report(data), doctest::Contains("class_names has 9"), Error);
}

TEST_CASE("pages stay small, even those of ten thousand trials") {
  CHECK(render_report(demo_report()).size() < 400 * 1024);
  ReportData data = demo_report();
  const std::vector<TrialRecord> trials = data.trials;
  while (data.trials.size() < 10000) {
    data.trials.push_back(trials[data.trials.size() % trials.size()]);
    data.trials.back().number = static_cast<int>(data.trials.size());
  }
  const std::string page = render_report(data);
  CHECK(page.size() < 16 * 1024 * 1024);
  CHECK(page.find("of 10,000 in all") != page.npos);
  CHECK(occurrences(page, "<tr>") > 9000);  // the table holds all of them
}

TEST_CASE("the same data give the same page") {
  CHECK(render_report(demo_report()) == render_report(demo_report()));
}

TEST_CASE("a study tells its own report") {
  tune::Study study = tune::Study::open({.name = "a <parabola>", .seed = 7});
  study.enqueue({{"x", 0.5}}, {{"default_configuration", true}});
  study.optimize(tune::Objective([](tune::Trial& trial) {
                   const double x = trial.suggest_float("x", -1, 1);
                   if (trial.number() == 2) return tune::Outcome::failed("out of <luck>");
                   trial.report(0, x);
                   return tune::Outcome::complete(x * x);
                 }),
                 {.trials = 5});
  const ReportData data = study_report(study);
  CHECK(data.trials.size() == 5);
  CHECK(data.best_trial == study.best().number);
  CHECK(data.default_trial == 0);
  CHECK(data.direction == tune::Direction::minimize);
  const std::string page = render_report(data);
  CHECK(markup_fault(page) == "");
  for (const char* text : {"Tuning a &lt;parabola&gt;", "default configuration",
                           "out of &lt;luck&gt;", "lower is better", "<dd>7</dd>"}) {
    CAPTURE(text);
    CHECK(page.find(text) != page.npos);
  }
  CHECK(study_report(tune::Study::open({.name = "empty"})).best_trial == std::nullopt);
}

namespace {

// A front, a value that is infinite, a trial that breaks a constraint, a parameter of one value.
tune::Study study_of(std::size_t objectives, const std::string& evil = "") {
  tune::StudyOptions options;
  options.name = "several";
  options.directions.assign(objectives, tune::Direction::minimize);
  options.directions.back() = tune::Direction::maximize;
  options.log = {};
  tune::Study study = tune::Study::open(std::move(options));
  study.optimize(tune::Objective([&](tune::Trial& trial) {
                   const double x = trial.suggest_float("x" + evil, 0, 1);
                   const double y = trial.suggest_float("rate", 1e-4, 1, {.log = true});
                   trial.suggest_categorical("kind", {"a" + evil, "b", "c"});
                   trial.suggest_int("always 3", 3, 3);
                   if (trial.number() == 5) trial.set_constraint("c", 1);
                   std::vector<double> values(objectives, x + y);
                   values.back() = x;
                   if (trial.number() == 7) values[0] = INFINITY;
                   return tune::Outcome::complete(values);
                 }),
                 {.trials = 40});
  return study;
}

}  // namespace

TEST_CASE("several objectives: the front, its volume, and the charts of each objective") {
  for (const std::size_t objectives : {std::size_t{2}, std::size_t{3}, std::size_t{4}}) {
    CAPTURE(objectives);
    tune::Study study = study_of(objectives);
    const ReportData data = study_report(study);
    CHECK(data.objectives.size() == objectives);
    CHECK_FALSE(data.best_trial.has_value());
    const std::string page = render_report(data);
    CHECK(markup_fault(page) == "");
    for (const char* id : {"front", "volume", "timeline", "trials"})
      CHECK(page.find(fmt::format("<section id=\"{}\">", id)) != page.npos);
    for (std::size_t k = 0; k < objectives; ++k) {
      CHECK(page.find(fmt::format("<section id=\"history-{}\">", k)) != page.npos);
      CHECK(page.find(fmt::format("Parallel coordinates: objective {}<", k)) != page.npos);
    }
    // All of the front is in its table; one chart (for two widths) of two, three of three, six of
    // four.
    const std::size_t front = study.best_trials().size();
    CHECK(page.find(fmt::format("<p class=\"big\">{}</p>", front)) != page.npos);
    const std::size_t from = page.find("id=\"front\""), to = page.find("id=\"volume\"");
    const std::string section = page.substr(from, to - from);
    CHECK(occurrences(section, "<tr>") == front + 1);  // and the head
    const std::size_t charts = objectives == 2 ? 2 : objectives == 3 ? 3 : 6;
    CHECK(occurrences(section, "<svg class=\"chart\"") == charts);
    CHECK(section.find("breaks a constraint") != section.npos);
  }
}

TEST_CASE("several objectives: hostile names are text, and few trials are enough") {
  tune::Study study = study_of(2, kHostile);
  study.set_metric_names({kHostile, "b"});
  const std::string page = render_report(study_report(study));
  CHECK(markup_fault(page) == "");
  CHECK(page.find("<script>alert") == page.npos);
  ReportData data = study_report(study_of(2));
  for (const std::size_t few : {std::size_t{2}, std::size_t{1}, std::size_t{0}}) {
    data.trials.resize(few);
    CHECK(markup_fault(render_report(data)) == "");
  }
  data = study_report(study_of(2));
  for (TrialRecord& trial : data.trials) trial.values = {NAN, 1};
  CHECK(markup_fault(render_report(data)) == "");
}

TEST_CASE("a parameter with one value has no panel, and pairs and lines leave it out") {
  const std::string page = render_report(study_report(study_of(2)));
  const std::size_t from = page.find("id=\"slices-0\""), to = page.find("id=\"history-1\"");
  const std::string sections = page.substr(from, to - from);
  CHECK(sections.find("Slice: rate") != sections.npos);
  CHECK(sections.find("Slice: always 3") == sections.npos);
  CHECK(sections.find("class=\"panel\">always 3<") == sections.npos);
  CHECK(sections.find("class=\"name\" text-anchor=\"middle\">always 3<") == sections.npos);
}

TEST_CASE("test images become a confusion matrix, samples and mistakes") {
  const nn::data::ImageSet images{.count = 4,
                                  .height = 300,
                                  .width = 20,
                                  .channels = 1,
                                  .pixels = std::vector<std::uint8_t>(4 * 6000, 7),
                                  .labels = {0, 1, 1, 2}};
  const std::vector<float> p = {0.9f, 0.1f, 0, 0.3f, 0.7f, 0, 0.6f, 0.4f, 0, 0.8f, 0, 0.2f};
  ReportData data;
  add_test(data, images, p, {"a", "b", "c"});
  CHECK(data.confusion == std::vector<std::vector<std::uint64_t>>{{1, 0, 0}, {1, 1, 0}, {1, 0, 0}});
  CHECK(data.samples.size() == 4);
  REQUIRE(data.mistakes.size() == 2);
  CHECK(data.mistakes[0].truth == "c");  // the surest one first
  CHECK(data.mistakes[0].predicted == "a");
  const nn::data::Image shown = nn::data::decode_png(data.samples[0].png, "sample");
  CHECK(shown.height == 128);
  CHECK(shown.width == 8);
  add_test(data, images, p, {"a", "b", "c"});  // twice is as once
  CHECK(data.samples.size() == 4);
  CHECK(markup_fault(render_report(data)) == "");
  CHECK_THROWS_WITH_AS(add_test(data, images, p, {"a", "b"}), doctest::Contains("need 8"), Error);
  CHECK_THROWS_WITH_AS(add_test(data, images, std::vector<float>(8), {"a", "b"}),
                       doctest::Contains("image 3 has label 2"), Error);
  CHECK_THROWS_WITH_AS(add_test(data, images, p, std::vector<std::string>(201, "a")),
                       doctest::Contains("201 class names"), Error);
}

// The scripts beside this file open what this case writes.
TEST_CASE("the pages for the browser are written") {
  const char* wanted = std::getenv("HONE_REPORT_PAGES");
  const std::filesystem::path folder =
      wanted != nullptr ? std::filesystem::path(wanted)
                        : std::filesystem::temp_directory_path() / "hone_report_test";
  std::filesystem::create_directories(folder);
  write_report(folder / "demo.html", demo_report());
  write_report(folder / "hostile.html", hostile_report());
  write_report(folder / "empty.html", {});
  CHECK(read_text_file(folder / "demo.html", 1 << 24) == render_report(demo_report()));
  if (wanted == nullptr) std::filesystem::remove_all(folder);
}

TEST_CASE("a folder that does not exist is reported with its name") {
  CHECK_THROWS_WITH_AS(write_report("/no/such/folder/report.html", {}),
                       doctest::Contains("/no/such/folder"), Error);
}

}  // namespace
}  // namespace hone::report
