#include "fhir/assembler.h"

#include <algorithm>

#include "fhir/hole.h"
#include "fhir/json_tree.h"
#include "fhir/owner.h"

namespace fhir {
namespace {

constexpr std::size_t plans_max = 4096;
/// A Bundle puts three levels around its resources.
constexpr int depth_max = static_cast<int>(json_depth_max) - 4;

struct Hole {
  std::size_t at;  ///< in the skeleton
  char kind;
};

/// A value of the resource. Places are those in the skeleton, before the holes are filled.
struct PlannedNode {
  std::size_t name_at;
  std::size_t text_at;
  std::size_t text_end;
  std::uint32_t holes_before_name;
  std::uint32_t holes_before_text;
  std::uint32_t holes_before_end;
  std::uint32_t name_size;
  std::uint32_t size;
  std::uint32_t step;
  JsonType type;
  bool has_name;
};

bool is_hole(char letter) {
  return letter > 0 && letter <= hole_shared;
}

/// The skeleton with something in each hole that takes as much room as the hole.
std::string with_holes_filled(std::string_view skeleton) {
  std::string text(skeleton);
  bool in_string = false;
  for (char& letter : text) {
    if (letter == '"') in_string = !in_string;
    if (is_hole(letter)) letter = in_string ? 'x' : '7';
  }
  return text;
}

/// Lists the values of a resource as they will lie in the tree.
class Planner {
 public:
  Planner(const char* text, const std::vector<Hole>& holes) : text_(text), holes_(holes) {}

  void add(Json json, int depth) {
    if (depth > depth_max) fits = false;
    const std::size_t number = nodes.size();
    PlannedNode node{};
    node.type = json.type();
    node.has_name = json.name().data() != nullptr;
    if (node.has_name) {
      node.name_at = place(json.name());
      node.name_size = static_cast<std::uint32_t>(json.name().size());
      node.holes_before_name = holes_before(node.name_at);
    }
    if (json.text().data() != nullptr) {
      node.text_at = place(json.text());
      node.text_end = node.text_at + json.text().size();
      node.holes_before_text = holes_before(node.text_at);
      node.holes_before_end = holes_before(node.text_end);
    } else {
      node.size =
          json.is(JsonType::boolean) ? (json.boolean() == true ? 1U : 0U) : static_cast<std::uint32_t>(json.size());
    }
    nodes.push_back(node);
    for (const Json part : json) add(part, depth + 1);
    nodes[number].step = static_cast<std::uint32_t>(nodes.size() - number);
  }

  std::vector<PlannedNode> nodes;
  bool fits = true;

 private:
  [[nodiscard]] std::size_t place(std::string_view part) const { return static_cast<std::size_t>(part.data() - text_); }
  [[nodiscard]] std::uint32_t holes_before(std::size_t at) const {
    const auto found = std::lower_bound(holes_.begin(), holes_.end(), at,
                                        [](const Hole& hole, std::size_t wanted) { return hole.at < wanted; });
    return static_cast<std::uint32_t>(found - holes_.begin());
  }

  const char* text_;
  const std::vector<Hole>& holes_;
};

bool names_others(std::string_view skeleton) {
  return std::any_of(members_that_name_others.begin(), members_that_name_others.end(),
                     [&](std::string_view member) { return skeleton.find(member) != std::string_view::npos; });
}

Json::Node text_node(std::string_view name, std::string_view text) {
  return {
      name.data(), text.data(),     static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(text.size()),
      1,           JsonType::string};
}

Json::Node container(std::string_view name, JsonType type, std::size_t size, std::size_t step) {
  return {name.data(),
          nullptr,
          static_cast<std::uint32_t>(name.size()),
          static_cast<std::uint32_t>(size),
          static_cast<std::uint32_t>(step),
          type};
}

}  // namespace

/// What a skeleton stands for.
struct Assembler::Plan {
  std::string_view skeleton;
  std::vector<Hole> holes;
  std::vector<PlannedNode> nodes;  ///< none: it has to be read
  bool may_need_others = true;
};

Assembler::Assembler(const SharedTexts& texts) : texts_(texts) {}
Assembler::~Assembler() = default;

const Assembler::Plan* Assembler::plan_of(std::string_view& condensed) {
  const std::uint64_t number = take_number(condensed);
  if (number == 0) return nullptr;
  auto& plan = plans_[static_cast<std::uint32_t>(number - 1)];
  if (plan) return plan.get();
  plan = std::make_unique<Plan>();
  plan->skeleton = texts_.text(static_cast<std::uint32_t>(number - 1));
  plan->may_need_others = names_others(plan->skeleton);
  for (std::size_t at = 0; at < plan->skeleton.size(); ++at) {
    if (is_hole(plan->skeleton[at])) plan->holes.push_back({at, plan->skeleton[at]});
  }
  if (plan->skeleton.find('\\') != std::string_view::npos) return plan.get();
  const auto document = read_document(with_holes_filled(plan->skeleton));
  if (!document || document->root().size() == 0) return plan.get();
  // Nothing was unescaped: what was read lies in a copy of the skeleton.
  const char* const copy = (*document->root().begin()).name().data() - plan->skeleton.find('"') - 1;
  Planner planner(copy, plan->holes);
  planner.add(document->root(), 0);
  if (planner.fits) plan->nodes = std::move(planner.nodes);
  return plan.get();
}

bool Assembler::may_need_others(std::string_view condensed) {
  const Plan* plan = plan_of(condensed);
  return plan == nullptr || plan->may_need_others;
}

bool Assembler::expand(std::string_view condensed) {
  Part part;
  part.plan = plan_of(condensed);
  if (part.plan == nullptr || part.plan->nodes.empty()) return false;
  part.text_at = text_.size();
  part.shifts_at = shifts_.size();
  std::size_t from = 0;
  shifts_.push_back(0);
  for (const auto& [at, kind] : part.plan->holes) {
    text_.append(part.plan->skeleton, from, at - from);
    const std::size_t start = text_.size();
    fill_hole(kind, condensed, texts_, text_);
    if ((kind == hole_text || kind == hole_shared) && text_.find('\\', start) != std::string::npos) return false;
    from = at + 1;
    shifts_.push_back(static_cast<std::ptrdiff_t>(text_.size() - part.text_at) - static_cast<std::ptrdiff_t>(from));
  }
  text_.append(part.plan->skeleton, from);
  part.text_size = text_.size() - part.text_at;
  parts_.push_back(part);
  return true;
}

Json::Node* Assembler::place(const Part& part, const char* text, Json::Node* at) const {
  text += part.text_at;
  const std::ptrdiff_t* const shifts = shifts_.data() + part.shifts_at;
  for (const PlannedNode& planned : part.plan->nodes) {
    at->name = planned.has_name ? text + planned.name_at + shifts[planned.holes_before_name] : nullptr;
    at->name_size = planned.name_size;
    at->text = nullptr;
    at->size = planned.size;
    if (planned.type == JsonType::string || planned.type == JsonType::number) {
      const char* const start = text + planned.text_at + shifts[planned.holes_before_text];
      at->text = start;
      at->size = static_cast<std::uint32_t>(text + planned.text_end + shifts[planned.holes_before_end] - start);
    }
    at->step = planned.step;
    at->type = planned.type;
    ++at;
  }
  return at;
}

std::optional<Document> Assembler::bundle(const std::vector<std::string_view>& condensed) {
  constexpr std::string_view resource = "resource";
  if (plans_.size() >= plans_max) plans_.clear();
  text_.clear();
  shifts_.clear();
  parts_.clear();
  for (const auto one : condensed) {
    if (!expand(one)) return std::nullopt;
  }
  const std::string_view text = text_;
  std::sort(parts_.begin(), parts_.end(), [&](const Part& one, const Part& other) {
    return text.substr(one.text_at, one.text_size) < text.substr(other.text_at, other.text_size);
  });
  std::string kept = text_;
  std::size_t count = 4;
  for (const Part& part : parts_) count += part.plan->nodes.size() + 1;
  auto nodes = room_for_nodes(count);
  Json::Node* at = nodes.get();
  *at++ = container({}, JsonType::object, 3, count);
  *at++ = text_node("resourceType", "Bundle");
  *at++ = text_node("type", "collection");
  *at++ = container("entry", JsonType::array, parts_.size(), count - 3);
  for (const Part& part : parts_) {
    *at++ = container({}, JsonType::object, 1, part.plan->nodes.size() + 1);
    Json::Node* const root = at;
    at = place(part, kept.data(), at);
    root->name = resource.data();
    root->name_size = static_cast<std::uint32_t>(resource.size());
  }
  return document_of(std::move(kept), std::move(nodes));
}

}  // namespace fhir
