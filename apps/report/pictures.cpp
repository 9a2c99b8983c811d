// The picture parts: a grid of samples, one row per class, and the worst mistakes.
#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "apps/report/figures.h"
#include "apps/report/html.h"

namespace hone::report {

namespace {

std::string picture(const PictureCell& cell, const std::string& alt) {
  return fmt::format(
      "<img src=\"data:image/png;base64,{}\" alt=\"{}\" width=\"56\" height=\"56\"/>",
      base64(cell.png), escape(clip(alt, 120)));
}

std::string classes_of(const ReportData& data, std::string_view base) {
  return fmt::format("{}{}", base, data.pictures_light_on_black ? " ink" : "");
}

// A rounded 100% would be a claim that no network makes.
std::string sure_text(double confidence) {
  return confidence > 0.9995 ? "over 99.9%" : percent(confidence, 1);
}

}  // namespace

std::string section_samples(const ReportData& data) {
  if (data.samples.empty()) return {};
  std::vector<std::string> names = data.class_names;
  std::map<std::string, std::vector<const PictureCell*>> rows;
  for (const PictureCell& cell : data.samples) rows[cell.truth].push_back(&cell);
  for (const PictureCell& cell : data.samples) {
    if (std::find(names.begin(), names.end(), cell.truth) == names.end())
      names.push_back(cell.truth);
  }
  std::string body = "<div class=\"" + classes_of(data, "samples") + "\">";
  for (const std::string& name : names) {
    const auto found = rows.find(name);
    if (found == rows.end()) continue;
    body += "<div class=\"row\"><span>" + escape(clip(name, 40)) + "</span><div>";
    for (const PictureCell* cell : found->second) body += picture(*cell, name);
    body += "</div></div>";
    rows.erase(found);  // a class name given twice is shown once
  }
  return section("samples", "What it looks at", "Some pictures of every class.", body + "</div>");
}

std::string section_mistakes(const ReportData& data) {
  if (data.mistakes.empty()) return {};
  std::string body = "<div class=\"" + classes_of(data, "mistakes") + "\">";
  for (const PictureCell& cell : data.mistakes) {
    body += "<figure>" + picture(cell, cell.truth + ", taken for " + cell.predicted) +
            "<figcaption><span>is <b>" + escape(clip(cell.truth, 40)) + "</b></span>";
    if (!cell.predicted.empty()) {
      body += fmt::format("<span>called <b class=\"wrong\">{}</b></span><span>{} sure</span>",
                          escape(clip(cell.predicted, 40)), sure_text(cell.confidence));
    }
    body += "</figcaption></figure>";
  }
  return section("mistakes", "The worst mistakes",
                 "The wrong answers that the network was most sure of.", body + "</div>");
}

}  // namespace hone::report
