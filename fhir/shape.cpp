#include "fhir/shape.h"

#include <algorithm>
#include <cstring>

#include "fhir/condensed.h"
#include "fhir/person.h"
#include "fhir/plain_text.h"

namespace fhir {
namespace {

constexpr std::size_t steps_max = 20000;
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

/// A slot of the line that is learnt.
struct Found {
  std::string_view text;
  Slot slot;
};

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

/// Lists the slots of a resource, in the order in which they are written.
class SlotFinder {
 public:
  SlotFinder(Json resource, const std::vector<std::string_view>& deciding)
      : resource_(resource), deciding_(deciding), of_patient_(resource["resourceType"].string() == "Patient") {
    owner_ = literal_reference(subject_of(resource));
  }

  std::vector<Found> find() {
    for (const Json member : resource_) {
      // Each type has shapes of its own.
      if (member.name() == "resourceType") continue;
      const bool decides = std::find(deciding_.begin(), deciding_.end(), member.name()) != deciding_.end();
      value(member, member.name(), {0, is_kept(member, 0, of_patient_), decides});
    }
    return std::move(found_);
  }

  /// What is kept of the subject depends on what is written in it: only one that is a plain name of a Patient may be
  /// learnt, or one without any reference.
  [[nodiscard]] bool has_plain_subject() const {
    if (resource_["subject"].present() && resource_["patient"].present()) return false;
    return owner_.data() == nullptr || is_patient_name(owner_);
  }

 private:
  struct Where {
    int level;
    bool kept;
    bool decides;
  };

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
        found_.push_back({json.text(), Slot{.name = std::string(name),
                                            .is_number = json.is(JsonType::number),
                                            .is_kept = where.kept,
                                            .decides = where.decides,
                                            .names_owner = json.text().data() == owner_.data()}});
        return;
      default:
        return;
    }
  }

  Json resource_;
  const std::vector<std::string_view>& deciding_;
  bool of_patient_;
  std::string_view owner_;
  std::vector<Found> found_;
};

/// Whether a line is written so plainly that what was read of it is what stands in it, byte for byte.
bool is_plain(std::string_view line) {
  return std::all_of(line.begin(), line.end(),
                     [](char letter) { return static_cast<signed char>(letter) >= 0x20 && letter != '\\'; });
}

}  // namespace

Shapes::Shapes() : places_(1) {}

const char* Shapes::take(const Step& step, const char* at, const char* end, std::vector<SlotValue>& values) {
  const std::size_t size = step.written.size();
  if (static_cast<std::size_t>(end - at) < size || !is_same(at, step.written.data(), size)) return nullptr;
  at += size;
  if (!step.slot) return at == end ? at : nullptr;
  const char* const stop = step.slot->is_number ? end_of_number(at, end) : end_of_plain(at, end);
  if (stop == nullptr || stop == end || (!step.slot->is_number && *stop != '"')) return nullptr;
  values.push_back({&*step.slot, {at, static_cast<std::size_t>(stop - at)}});
  return stop;
}

std::optional<std::uint32_t> Shapes::match(std::string_view line, std::vector<SlotValue>& values) {
  values.clear();
  const char* at = line.data();
  const char* const end = at + line.size();
  std::uint32_t place = 0;
  while (true) {
    Place& steps = places_[place];
    std::size_t i = 0;
    const char* stop = nullptr;
    // Of two steps from one place at most one fits: what follows differs by its first byte at the latest.
    while (i < steps.size() && (stop = take(*steps[i], at, end, values)) == nullptr) ++i;
    if (stop == nullptr) return std::nullopt;
    const Step& step = *steps[i];
    // What is seen more often comes to be tried first.
    if (i > 0) std::swap(steps[i - 1], steps[i]);
    if (!step.slot) return step.to;
    at = stop;
    place = step.to;
  }
}

void Shapes::learn(std::string_view line, Json resource, const std::vector<std::string_view>& deciding) {
  if (!is_plain(line) || line.empty() || line.front() != '{' || resource.size() == 0) return;
  SlotFinder finder(resource, deciding);
  const auto found = finder.find();
  if (!finder.has_plain_subject() || found.size() > slots_max || steps_ + found.size() > steps_max) return;
  // Nothing was unescaped, so that what was read lies in a copy of the line.
  const char* const copy = (*resource.begin()).name().data() - line.find('"') - 1;
  std::optional<std::uint32_t> place = 0;
  std::size_t from = 0;
  for (const auto& one : found) {
    const auto at = static_cast<std::size_t>(one.text.data() - copy);
    if (at < from || at > line.size() || line.substr(at, one.text.size()) != one.text) return;
    place = after(*place, line.substr(from, at - from), one.slot);
    if (!place) return;
    from = at + one.text.size();
  }
  (void)after(*place, line.substr(from), std::nullopt);
}

std::optional<std::uint32_t> Shapes::after(std::uint32_t place, std::string_view written,
                                           const std::optional<Slot>& slot) {
  for (const auto& step : places_[place]) {
    if (step->written != written || step->slot.has_value() != slot.has_value()) continue;
    if (slot && step->slot->is_number != slot->is_number) continue;
    return step->slot == slot ? std::optional(step->to) : std::nullopt;
  }
  ++steps_;
  const auto to = slot ? static_cast<std::uint32_t>(places_.size()) : shapes_++;
  if (slot) places_.emplace_back();
  places_[place].push_back(std::make_unique<Step>(Step{std::string(written), slot, to}));
  return to;
}

}  // namespace fhir
