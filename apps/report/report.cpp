// Checks the data and puts the page together.
#include "apps/report/report.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "apps/report/figures.h"
#include "apps/report/html.h"
#include "base/error.h"
#include "base/files.h"
#include "report_assets.h"

namespace hone::report {

namespace {

constexpr std::size_t kMaxPicture = std::size_t{256} * 1024;
constexpr std::size_t kMaxPictures = 1000;
constexpr std::size_t kMaxClasses = 200;
constexpr std::size_t kMaxPairs = 5000;

void check_pictures(const std::vector<PictureCell>& cells, const char* field) {
  constexpr std::array<std::uint8_t, 8> kSignature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  check(cells.size() <= kMaxPictures, "report: {} holds {} pictures, the most is {}", field,
        cells.size(), kMaxPictures);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::vector<std::uint8_t>& png = cells[i].png;
    check(png.size() <= kMaxPicture, "report: {}[{}] has {} bytes, the most is {}", field, i,
          png.size(), kMaxPicture);
    const bool is_png = png.size() > kSignature.size() &&
                        std::equal(kSignature.begin(), kSignature.end(), png.begin());
    check(is_png, "report: {}[{}] is no PNG file; give the bytes of a whole one", field, i);
  }
}

void check_data(const ReportData& data) {
  check_pictures(data.samples, "samples");
  check_pictures(data.mistakes, "mistakes");
  check(data.predictions.size() <= kMaxPairs, "report: predictions holds {} pairs, the most is {}",
        data.predictions.size(), kMaxPairs);
  const std::size_t n = data.confusion.size();
  check(n <= kMaxClasses, "report: confusion has {} classes, the most is {}", n, kMaxClasses);
  check(n == 0 || n == data.class_names.size(), "report: confusion has {} rows, class_names has {}",
        n, data.class_names.size());
  for (std::size_t i = 0; i < n; ++i) {
    check(data.confusion[i].size() == n, "report: confusion[{}] has {} columns, expected {}", i,
          data.confusion[i].size(), n);
  }
}

std::string head(const ReportData& data) {
  // Nothing is loaded from anywhere, and only this very style and script may run.
  const std::string policy = fmt::format(
      "default-src 'none'; img-src data:; style-src '{}'; script-src '{}'; base-uri 'none'; "
      "form-action 'none'",
      csp_hash(kStyleSha256), csp_hash(kScriptSha256));
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<meta name=\"color-scheme\" content=\"light dark\"/>\n<meta name=\"generator\" "
      "content=\"hone\"/>\n"
      "<title>{}</title>\n<link rel=\"icon\" href=\"data:,\"/>\n<style>{}</style>\n</head>\n",
      policy, escape(clip(data.title, 200)), kStyle);
}

// A section of one of several objectives: with its number in the id and its name in the heading.
std::string named(std::string html, std::size_t objective, const std::string& name) {
  const std::size_t heading = html.find("</h2>");
  if (heading == std::string::npos) return html;
  html.insert(heading, ": " + escape(clip(name, 60)));
  const std::size_t id = html.find("id=\"") + 4;
  html.insert(html.find('"', id), fmt::format("-{}", objective));
  return html;
}

std::string search_sections(const ReportData& data) {
  std::string page;
  if (data.objectives.empty()) {
    for (const auto part : {section_history, section_curves, section_slices, section_importances,
                            section_pairs, section_parallel, section_distribution})
      page += part(data);
    return page;
  }
  page += section_front(data) + section_volume(data);
  for (std::size_t k = 0; k < data.objectives.size(); ++k) {
    const ReportData one = of_objective(data, k);
    for (const auto part : {section_history, section_curves, section_slices, section_importances,
                            section_pairs, section_parallel, section_distribution})
      page += named(part(one), k, one.value_name);
  }
  return page;
}

}  // namespace

std::string render_report(const ReportData& data) {
  check_data(data);
  std::string page =
      head(data) + "<body>\n<main>\n" + hero(data) + section_reruns(data) + search_sections(data);
  for (const auto part :
       {section_timeline, section_training, section_predictions, section_confusion, section_classes,
        section_samples, section_mistakes, section_network, section_trials, section_reproduce}) {
    page += part(data);
  }
  page += "</main>\n<footer>Written by hone. This page is one file and loads nothing.</footer>\n";
  page += "<div id=\"tip\" role=\"status\" hidden=\"hidden\"></div>\n";
  page += fmt::format("<script>{}</script>\n</body>\n</html>\n", kScript);
  return page;
}

void write_report(const std::filesystem::path& path, const ReportData& data) {
  write_file_atomic(path, std::string_view(render_report(data)));
}

}  // namespace hone::report
