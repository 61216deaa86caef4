#include "server/sieve.h"

namespace server {

namespace {

using Use = cards::Usable::Use;

/// The count of what is skipped.
std::uint64_t& count_of(Use use, LineCounts& counts) {
  return use == Use::other ? counts.of_other_type : counts.not_needed;
}

std::string_view trimmed(std::string_view line) {
  while (!line.empty() && static_cast<unsigned char>(line.back()) <= ' ') line.remove_suffix(1);
  while (!line.empty() && static_cast<unsigned char>(line.front()) <= ' ') line.remove_prefix(1);
  return line;
}

std::string padded(std::string_view line) {
  std::string text;
  text.reserve(line.size() + fhir::json_padding);
  text += line;
  return text;
}

void refuse(Sifted& sifted, LinePlace place, std::string reason) {
  ++sifted.counts.unreadable;
  sifted.faults.push_back({place.file, place.line, std::move(reason)});
}

}  // namespace

LineCounts& LineCounts::operator+=(const LineCounts& other) {
  lines += other.lines;
  bytes += other.bytes;
  used += other.used;
  of_other_type += other.of_other_type;
  not_needed += other.not_needed;
  about_others += other.about_others;
  empty += other.empty;
  unreadable += other.unreadable;
  return *this;
}

Sifted Sieve::sift(const LineBlock& block) {
  Sifted sifted;
  sifted.counts.bytes = block.end - block.begin;
  for (const std::uint64_t line : block.too_long) {
    ++sifted.counts.lines;
    refuse(sifted, {block.file, line}, "is longer than a line may be");
  }
  std::string_view rest = block.text;
  for (std::uint64_t line = block.first_line; !rest.empty(); ++line) {
    const auto end = rest.find('\n');
    sift_line(rest.substr(0, end), {block.file, line}, sifted);
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return sifted;
}

void Sieve::sift_line(std::string_view line, LinePlace place, Sifted& sifted) {
  ++sifted.counts.lines;
  line = trimmed(line);
  if (line.empty()) {
    ++sifted.counts.empty;
    return;
  }
  if (take_familiar(line, sifted)) return;
  switch (strict_ ? Glance::read : glance(line, wanted_)) {
    case Glance::of_other_type:
      return pass_over(line, Use::other, sifted);
    case Glance::not_needed:
      return pass_over(line, Use::no, sifted);
    case Glance::read:
      return read(line, place, sifted);
  }
}

bool Sieve::take_familiar(std::string_view line, Sifted& sifted) {
  auto known = familiar_.recognise(line);
  if (!known) return false;
  if (known->use != Use::yes) {
    ++count_of(known->use, sifted.counts);
  } else if (known->owner.kind == fhir::Owner::Kind::other) {
    ++sifted.counts.about_others;
  } else {
    ++sifted.counts.used;
    sifted.kept.push_back({std::move(known->owner), std::move(known->condensed)});
  }
  return true;
}

void Sieve::pass_over(std::string_view line, Use use, Sifted& sifted) {
  ++count_of(use, sifted.counts);
  if (!familiar_.is_worth_reading()) return;
  // Only what reading says the same of is learnt: a glance does not see every fault.
  const auto document = fhir::read_document(padded(line));
  if (document && usable_.of(document->root()) == use) familiar_.learn(line, document->root(), use, {});
}

void Sieve::read(std::string_view line, LinePlace place, Sifted& sifted) {
  const auto document = fhir::read_document(padded(line));
  if (!document) return refuse(sifted, place, document.error().what);
  const fhir::Json resource = document->root();
  if (resource["resourceType"].string().empty()) return refuse(sifted, place, "is not a FHIR resource");
  const auto use = usable_.of(resource);
  if (use != Use::yes) {
    ++count_of(use, sifted.counts);
    return familiar_.learn(line, resource, use, {});
  }
  auto owner = fhir::owner_of(resource);
  if (owner.kind == fhir::Owner::Kind::nobody) return refuse(sifted, place, "does not say whose it is");
  if (owner.kind == fhir::Owner::Kind::other) {
    ++sifted.counts.about_others;
    return;
  }
  ++sifted.counts.used;
  sifted.kept.push_back({std::move(owner), fhir::condense(resource, texts_)});
  familiar_.learn(line, resource, use, sifted.kept.back().condensed);
}

}  // namespace server
