#include "fhir/shape.h"

#include <algorithm>
#include <cstring>

#include "fhir/condensed.h"
#include "fhir/person.h"
#include "fhir/plain_text.h"

namespace fhir {
namespace {

constexpr std::size_t steps_max = 30000;
constexpr std::size_t slots_max = 300;
constexpr std::ptrdiff_t digits_max = 40;

/// Quicker for a few dozen bytes than a call.
bool is_same(const char* one, const char* other, std::size_t size) {
  const auto word = [](const char* at) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, sizeof bytes);
    return bytes;
  };
  if (size < 8) {
    for (std::size_t i = 0; i < size; ++i) {
      if (one[i] != other[i]) return false;
    }
    return true;
  }
  for (std::size_t at = 0; at + 8 < size; at += 8) {
    if (word(one + at) != word(other + at)) return false;
  }
  return word(one + size - 8) == word(other + size - 8);
}

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}

/// Where a number ends that is no more than a few digits; null when there is none, or one that is written otherwise.
const char* end_of_number(const char* at, const char* end) {
  if (at != end && *at == '-') ++at;
  const auto digits = [&] {
    const char* const first = at;
    while (at != end && is_digit(*at)) ++at;
    return at - first;
  };
  const bool zero = at != end && *at == '0';
  const auto whole = digits();
  if (whole == 0 || (zero && whole > 1)) return nullptr;
  if (at == end || *at != '.') return whole <= digits_max ? at : nullptr;
  ++at;
  const auto behind = digits();
  return behind > 0 && whole + behind <= digits_max ? at : nullptr;
}

/// Words of a system, of which it has few.
bool is_word(std::string_view member) {
  return member == "system" || member == "code" || member == "status" || member == "intent" || member == "unit";
}

/// Lists the slots of a resource, in the order in which they are written.
class SlotFinder {
 public:
  SlotFinder(Json resource, const std::vector<std::string_view>& deciding)
      : resource_(resource),
        deciding_(deciding),
        of_patient_(resource["resourceType"].string() == "Patient"),
        owner_(of_patient_ ? resource["id"].string() : literal_reference(subject_of(resource))) {}

  SlotList find() {
    for (const Json member : resource_) {
      const bool decides = std::find(deciding_.begin(), deciding_.end(), member.name()) != deciding_.end();
      value(member, member.name(), {0, is_kept(member, 0, of_patient_), decides});
    }
    slots_.can_be_learnt = has_plain_subject() && slots_.found.size() <= slots_max;
    return std::move(slots_);
  }

 private:
  struct Where {
    int level;
    bool kept;
    bool decides;
  };

  /// What is kept of the subject depends on what is written in it: only one that is a plain name of a Patient may be
  /// learnt, or one without any reference.
  [[nodiscard]] bool has_plain_subject() const {
    if (of_patient_) return !owner_.empty() && !subject_of(resource_).present();
    if (resource_["subject"].present() && resource_["patient"].present()) return false;
    return owner_.data() == nullptr || is_patient_name(owner_);
  }

  void value(Json json, std::string_view name, Where where) {
    switch (json.type()) {
      case JsonType::object:
        for (const Json member : json) {
          const bool kept = where.kept && is_kept(member, where.level + 1, of_patient_);
          value(member, member.name(), {where.level + 1, kept, where.decides});
        }
        return;
      case JsonType::array:
        for (const Json element : json) value(element, name, where);
        return;
      case JsonType::string:
      case JsonType::number:
        return add(json, name, where);
      default:
        return;
    }
  }

  void add(Json json, std::string_view name, Where where) {
    Slot slot{.name = std::string(name),
              .is_number = json.is(JsonType::number),
              .is_kept = where.kept,
              .is_fixed = false,
              .names_owner = json.text().data() == owner_.data()};
    // A number decides as a code only.
    slot.is_fixed = slot.is_number ? where.decides && name == "code" : where.decides || (where.kept && is_word(name));
    slots_.found.push_back({json.text(), std::move(slot)});
  }

  Json resource_;
  const std::vector<std::string_view>& deciding_;
  bool of_patient_;
  std::string_view owner_;
  SlotList slots_;
};

/// Whether a line is written so plainly that what was read of it is what stands in it, byte for byte.
bool is_plain(std::string_view line) {
  return std::all_of(line.begin(), line.end(),
                     [](char letter) { return static_cast<signed char>(letter) >= 0x20 && letter != '\\'; });
}

}  // namespace

SlotList slots_of(Json resource, const std::vector<std::string_view>& deciding) {
  return SlotFinder(resource, deciding).find();
}

Shapes::Shapes() : places_(1) {}

const char* Shapes::take(const Step& step, const char* at, const char* end, std::vector<SlotValue>& values) {
  const std::size_t size = step.written.size();
  if (static_cast<std::size_t>(end - at) < size || !is_same(at, step.written.data(), size)) return nullptr;
  at += size;
  if (step.end == Step::End::branch) return at;
  if (step.end == Step::End::line) return at == end ? at : nullptr;
  const char* const stop = step.slot.is_number ? end_of_number(at, end) : end_of_plain(at, end);
  if (stop == nullptr || stop == end || (!step.slot.is_number && *stop != '"')) return nullptr;
  values.push_back({&step.slot, {at, static_cast<std::size_t>(stop - at)}});
  return stop;
}

std::optional<std::uint32_t> Shapes::match(std::string_view line, std::vector<SlotValue>& values) {
  values.clear();
  const char* at = line.data();
  const char* const end = at + line.size();
  std::uint32_t place = 0;
  while (true) {
    // At most one fits: see `add`.
    const Step* const step = places_[place].step_at(at, end);
    at = step == nullptr ? nullptr : take(*step, at, end, values);
    if (at == nullptr) return std::nullopt;
    if (step->end == Step::End::line) return step->to;
    place = step->to;
  }
}

const Shapes::Step* Shapes::Place::step_at(const char* at, const char* end) const {
  const char first = at == end ? '\0' : *at;
  const Step* open = nullptr;
  for (std::size_t i = 0; i < firsts.size(); ++i) {
    if (firsts[i] == first) return steps[i].get();
    if (firsts[i] == '\0') open = steps[i].get();
  }
  return open;
}

void Shapes::Place::add(Step step) {
  firsts += step.written.empty() ? '\0' : step.written.front();
  steps.push_back(std::make_unique<Step>(std::move(step)));
}

void Shapes::learn(std::string_view line, Json resource, const SlotList& slots) {
  if (!slots.can_be_learnt || steps_ + slots.found.size() > steps_max) return;
  if (!is_plain(line) || line.empty() || line.front() != '{' || resource.size() == 0) return;
  // Nothing was unescaped, so that what was read lies in a copy of the line.
  const char* const copy = (*resource.begin()).name().data() - line.find('"') - 1;
  std::optional<std::uint32_t> place = 0;
  std::size_t from = 0;
  for (const auto& [text, slot] : slots.found) {
    if (slot.is_fixed) continue;
    const auto at = static_cast<std::size_t>(text.data() - copy);
    if (at < from || at > line.size() || line.substr(at, text.size()) != text) return;
    place = after(*place, line.substr(from, at - from), &slot);
    if (!place) return;
    from = at + text.size();
  }
  (void)after(*place, line.substr(from), nullptr);
}

std::optional<std::uint32_t> Shapes::after(std::uint32_t place, std::string_view written, const Slot* slot) {
  while (true) {
    Step* alike = nullptr;
    std::size_t same = 0;
    for (const auto& step : places_[place].steps) {
      const auto end = std::mismatch(step->written.begin(), step->written.end(), written.begin(), written.end()).first;
      same = static_cast<std::size_t>(end - step->written.begin());
      const bool is_equal = same == step->written.size() && same == written.size();
      if (is_equal && step->end == Step::End::slot && slot != nullptr && step->slot.is_number == slot->is_number) {
        return step->slot == *slot ? std::optional(step->to) : std::nullopt;
      }
      if (is_equal && step->end == Step::End::line && slot == nullptr) return step->to;
      if (same == 0) continue;
      alike = step.get();
      break;
    }
    if (alike == nullptr) return add(place, written, slot);
    if (alike->end != Step::End::branch || same < alike->written.size()) cut(*alike, same);
    place = alike->to;
    written.remove_prefix(same);
  }
}

void Shapes::cut(Step& step, std::size_t at) {
  const auto middle = static_cast<std::uint32_t>(places_.size());
  places_.emplace_back().add({step.written.substr(at), step.end, std::move(step.slot), step.to});
  step = {step.written.substr(0, at), Step::End::branch, {}, middle};
  ++steps_;
}

/// At a place each step begins with another byte, so that one fits at most. One that begins with its slot must be alone
/// for a string, and with what is no number beside it for a number.
std::optional<std::uint32_t> Shapes::add(std::uint32_t place, std::string_view written, const Slot* slot) {
  const auto first = [](std::string_view text, bool is_number) {
    if (text.empty()) return is_number ? '0' : '"';
    return is_digit(text.front()) || text.front() == '-' ? '0' : text.front();
  };
  const auto is_open = [](std::string_view text, const Slot* at_end) {
    return text.empty() && (at_end == nullptr || !at_end->is_number);
  };
  for (const auto& step : places_[place].steps) {
    const Slot* const at_end = step->end == Step::End::slot ? &step->slot : nullptr;
    if (is_open(step->written, at_end) || is_open(written, slot)) return std::nullopt;
    const bool starts_with_number = step->written.empty() || written.empty();
    if (starts_with_number && first(step->written, true) == first(written, true)) return std::nullopt;
  }
  ++steps_;
  const auto to = slot != nullptr ? static_cast<std::uint32_t>(places_.size()) : shapes_++;
  if (slot != nullptr) places_.emplace_back();
  const auto at_end = slot != nullptr ? Step::End::slot : Step::End::line;
  places_[place].add({std::string(written), at_end, slot != nullptr ? *slot : Slot{}, to});
  return to;
}

}  // namespace fhir
