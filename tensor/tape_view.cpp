// What stands on the tape, as data, as text and as SVG.
#include "tensor/tape_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "base/utf8.h"
#include "tensor/context.h"

namespace hone {
namespace {

using detail::Node;
using detail::NodeInput;

// Collects the entries of a loss: nodes that lead to it, and their leaves before them.
class Collector {
 public:
  explicit Collector(const TapeOptions& options) : options_(options) {}

  std::vector<TapeEntry> entries;
  std::vector<std::shared_ptr<GradSlot>> leaf_slots;
  std::unordered_map<const GradSlot*, std::size_t> by_slot;
  std::unordered_map<std::size_t, std::size_t> by_node;  // place on the tape -> entry

  void add_leaf(const Tensor& leaf) { add_input(input_of(leaf), leaf.detach()); }

  void add_node(std::size_t place, const Node& node) {
    TapeEntry entry{.name = node.op, .shape = {}};
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const NodeInput& input = node.inputs[i];
      const Tensor value = node.kept.empty() ? Tensor() : node.kept[i + 1];
      if (input.slot == nullptr && input.shape == Shape{} && !value.defined()) continue;
      entry.inputs.push_back(add_input(input, value));
    }
    if (!node.kept.empty()) entry.value = node.kept[0];
    by_slot[node.output.get()] = by_node[place] = entries.size();
    entries.push_back(std::move(entry));
  }

 private:
  static NodeInput input_of(const Tensor& leaf) {
    return {leaf.requires_grad() ? leaf.grad_slot() : nullptr, leaf.shape(), leaf.dtype()};
  }

  // The entry of an input, made when it is new.
  std::size_t add_input(const NodeInput& input, const Tensor& value) {
    const void* memory = value.defined() ? value.view().data : nullptr;
    if (input.slot) {
      if (const auto at = by_slot.find(input.slot.get()); at != by_slot.end()) return at->second;
    } else if (memory != nullptr) {
      if (const auto at = by_memory_.find(memory); at != by_memory_.end()) return at->second;
    }
    TapeEntry entry{.name = input.slot ? "leaf" : "constant",
                    .leaf = true,
                    .shape = input.shape,
                    .dtype = input.dtype,
                    .value = value};
    for (const auto& [name, tensor] : options_.names) {
      const bool same = tensor.defined() && (input.slot ? tensor.grad_slot() == input.slot
                                                        : tensor.view().data == memory);
      if (!same) continue;
      entry.name = name;
      if (!entry.value.defined()) entry.value = tensor.detach();
    }
    const std::size_t place = entries.size();
    if (input.slot) {
      by_slot[input.slot.get()] = place;
      leaf_slots.push_back(input.slot);
    } else if (memory != nullptr) {
      by_memory_[memory] = place;
    }
    entries.push_back(std::move(entry));
    return place;
  }

  const TapeOptions& options_;
  std::unordered_map<const void*, std::size_t> by_memory_;
};

// All numbers of a few, mean and ends of many.
std::string numbers_text(const Tensor& x) {
  if (!x.defined()) return "";
  const std::vector<double> values = x.to_vector<double>();
  if (values.empty()) return "empty";
  if (values.size() == 1) return fmt::format("{:.4g}", values[0]);
  if (values.size() <= 4) {
    std::string text;
    for (const double v : values) text += fmt::format("{}{:.4g}", text.empty() ? "" : " ", v);
    return text;
  }
  double sum = 0, least = INFINITY, most = -INFINITY;
  for (const double v : values) {
    sum += v;
    least = std::min(least, v);
    most = std::max(most, v);
  }
  if (std::isnan(sum)) return "has NaN";
  return fmt::format("mean {:.3g}, {:.3g} to {:.3g}", sum / static_cast<double>(values.size()),
                     least, most);
}

std::string shape_text(const TapeEntry& entry) {
  if (entry.dtype == DType::f32) return entry.shape.str();
  return fmt::format("{} {}", entry.shape.str(), name_of(entry.dtype));
}

}  // namespace

KeepValues::KeepValues() : previous_(detail::context().keep_values) {
  detail::context().keep_values = true;
}
KeepValues::~KeepValues() { detail::context().keep_values = previous_; }

std::vector<TapeEntry> tape_entries(const Tensor& loss, const TapeOptions& options) {
  detail::check_loss("tape", loss);
  const std::vector<Node>& tape = detail::context().tape;
  std::unordered_set<const GradSlot*> leads{loss.grad_slot().get()};
  std::vector<bool> counts(tape.size(), false);
  for (std::size_t i = tape.size(); i-- > 0;) {
    if (!leads.contains(tape[i].output.get())) continue;
    counts[i] = true;
    for (const NodeInput& input : tape[i].inputs)
      if (input.slot) leads.insert(input.slot.get());
  }
  Collector collector(options);
  for (std::size_t i = 0; i < tape.size(); ++i)
    if (counts[i]) collector.add_node(i, tape[i]);
  if (collector.entries.empty()) collector.add_leaf(loss);

  const detail::SetAside set_aside(collector.leaf_slots);
  std::vector<TapeEntry>& entries = collector.entries;
  detail::walk_back(loss, {.retain = true}, nullptr,
                    [&](std::size_t node, const GradSlot&, const Tensor& dy) {
                      const auto at = collector.by_node.find(node);
                      if (at == collector.by_node.end()) return;
                      entries[at->second].gradient = detail::copy_of(dy);
                      entries[at->second].shape = dy.shape();
                      entries[at->second].dtype = dy.dtype();
                    });
  for (const std::shared_ptr<GradSlot>& slot : collector.leaf_slots)
    if (slot->ready)
      entries[collector.by_slot.at(slot.get())].gradient = detail::copy_of(*slot->grad);
  return std::move(collector.entries);
}

std::string tape_text(const Tensor& loss, const TapeOptions& options) {
  const std::vector<TapeEntry> entries = tape_entries(loss, options);
  std::vector<std::vector<std::string>> rows{{"", "op", "shape", "values", "gradient", "from"}};
  bool values = false;
  for (const TapeEntry& entry : entries) {
    std::string from;
    for (const std::size_t input : entry.inputs)
      from += fmt::format("{}{}", from.empty() ? "" : ", ", input);
    rows.push_back({fmt::format("{}", rows.size() - 1), entry.name, shape_text(entry),
                    numbers_text(entry.value), numbers_text(entry.gradient), from});
    values = values || (!entry.leaf && entry.value.defined());
  }
  std::vector<std::size_t> widths(rows[0].size(), 0);
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}  ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  if (!values)
    text += "The tape keeps no values: let a KeepValues live while the loss is computed.\n";
  return text;
}

void watch_backward(const Tensor& loss, const std::function<void(std::size_t node)>& before) {
  detail::check_loss("backward", loss);
  detail::walk_back(loss, {}, nullptr,
                    [&](std::size_t node, const GradSlot&, const Tensor&) { before(node); });
}

namespace {

// The picture: a column of ops, one row each, with its new leaves at the left.
constexpr double kOpWidth = 200, kLeafWidth = 168, kHeight = 66, kRow = 92, kGap = 14, kMargin = 12;
constexpr double kFont = 12;

struct Box {
  double x = 0, y = 0, w = 0;
};

// Where each entry stands, and the size of the whole.
struct Layout {
  std::vector<Box> boxes;
  double width = 0, height = 0, arcs = 0;
};

Layout layout_of(const std::vector<TapeEntry>& entries) {
  Layout layout;
  layout.boxes.resize(entries.size());
  // Leaves come right before the first op that reads them.
  std::size_t most = 0, waiting = 0;
  for (const TapeEntry& entry : entries) {
    waiting = entry.leaf ? waiting + 1 : 0;
    most = std::max(most, waiting);
  }
  const double column = kMargin + static_cast<double>(most) * (kLeafWidth + kGap);
  double y = kMargin;
  std::vector<std::size_t> leaves;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].leaf) {
      leaves.push_back(i);
      continue;
    }
    for (std::size_t k = 0; k < leaves.size(); ++k)
      layout.boxes[leaves[leaves.size() - 1 - k]] = {
          column - static_cast<double>(k + 1) * (kLeafWidth + kGap), y, kLeafWidth};
    leaves.clear();
    layout.boxes[i] = {column, y, kOpWidth};
    y += kRow;
  }
  for (const std::size_t i : leaves) {  // a loss that is a leaf itself
    layout.boxes[i] = {column - kLeafWidth - kGap, y, kLeafWidth};
    y += kRow;
  }
  for (std::size_t i = 0; i < entries.size(); ++i)
    for (const std::size_t from : entries[i].inputs)
      if (!entries[from].leaf)
        layout.arcs = std::max(layout.arcs, (layout.boxes[i].y - layout.boxes[from].y) / kRow - 1);
  layout.width = column + kOpWidth + kMargin + std::min(120.0, 24 * layout.arcs);
  layout.height = y - kRow + kHeight + kMargin;
  return layout;
}

std::string edge(const TapeEntry& from, const Box& a, const Box& b, std::size_t slot) {
  const double middle = b.y + 18 + 10 * static_cast<double>(slot % 4);
  if (from.leaf && a.y == b.y)  // to the op at the right, below what may stand between
    return fmt::format("<path d=\"M{:.1f} {:.1f}V{:.1f}H{:.1f}V{:.1f}\"/>", a.x + a.w / 2,
                       a.y + kHeight, a.y + kHeight + 8,
                       b.x + 24 + 12 * static_cast<double>(slot % 4), b.y + kHeight + 1);
  if (from.leaf)
    return fmt::format("<path d=\"M{:.1f} {:.1f}C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}\"/>",
                       a.x + a.w / 2, a.y + kHeight, a.x + a.w / 2, middle, b.x - 40, middle, b.x,
                       middle);
  const double rows = (b.y - a.y) / kRow;
  if (rows < 1.5)
    return fmt::format("<path d=\"M{:.1f} {:.1f}V{:.1f}\"/>", b.x + b.w / 2, a.y + kHeight, b.y);
  const double right = a.x + a.w, bulge = right + std::min(130.0, 26 * (rows - 1)) + 10;
  return fmt::format("<path d=\"M{:.1f} {:.1f}C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}\"/>",
                     right, a.y + kHeight / 2, bulge, a.y + kHeight / 2, bulge, b.y + 20, right,
                     b.y + 20);
}

std::string box_text(const TapeEntry& entry, const Box& box) {
  std::string text = fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"6\" class=\"{}\"/>",
      box.x, box.y, box.w, kHeight, entry.leaf ? "leaf" : "op");
  const auto line = [&](double y, const char* kind, const std::string& words) {
    const auto room = static_cast<std::size_t>((box.w - 16) / (kFont * 0.55));
    const std::string shown = words.size() <= room ? words : words.substr(0, room - 3) + "...";
    text += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\">{}</text>", box.x + 8,
                        box.y + y, kind, escape_xml(shown));
  };
  line(17, "name", entry.name + "  " + shape_text(entry));
  const std::string value = numbers_text(entry.value), gradient = numbers_text(entry.gradient);
  if (!value.empty()) line(36, "value", value);
  if (!gradient.empty()) line(54, "grad", "grad " + gradient);
  return text;
}

}  // namespace

std::string tape_svg(const Tensor& loss, const TapeOptions& options) {
  const std::vector<TapeEntry> entries = tape_entries(loss, options);
  const Layout layout = layout_of(entries);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
      "height=\"{1:.0f}\" font-family=\"sans-serif\" font-size=\"{2}\">\n"
      "<style>.op{{fill:#eaf1fb;stroke:#3b6fb5}}.leaf{{fill:#f6f3ea;stroke:#a08c4f}}"
      ".name{{font-weight:bold;fill:#1d2733}}.value{{fill:#1d2733}}.grad{{fill:#a3341f}}"
      ".edges path{{fill:none;stroke:#8693a5;stroke-width:1.5}}</style>\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n<g class=\"edges\">",
      layout.width, layout.height, kFont);
  for (std::size_t i = 0; i < entries.size(); ++i)
    for (std::size_t k = 0; k < entries[i].inputs.size(); ++k) {
      const std::size_t from = entries[i].inputs[k];
      svg += edge(entries[from], layout.boxes[from], layout.boxes[i], k);
    }
  svg += "</g>\n";
  for (std::size_t i = 0; i < entries.size(); ++i) svg += box_text(entries[i], layout.boxes[i]);
  return svg + "\n</svg>\n";
}

}  // namespace hone
