#include "server/trace.h"

#include <algorithm>

#include "server/identifier.h"

namespace server {

namespace {

constexpr std::size_t trace_digits = 32;
constexpr std::size_t span_digits = 16;
constexpr std::size_t whole = 2 + 1 + trace_digits + 1 + span_digits + 1 + 2;

bool is_number(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) {
  return is_number(text) && text.find_first_not_of('0') != std::string_view::npos;
}

/// "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", and more behind it in later versions.
bool is_traceparent(std::string_view text) {
  if (text.size() < whole || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
  const auto version = text.substr(0, 2);
  if (!is_number(version) || version == "ff") return false;
  if (text.size() > whole && (version == "00" || text[whole] != '-')) return false;
  return is_id(text.substr(3, trace_digits)) && is_id(text.substr(36, span_digits)) && is_number(text.substr(53, 2));
}

/// The last digits of a random uuid. They are never all 0: the sixteenth from the end is the uuid's variant.
std::string random_digits(std::size_t count) {
  std::string digits = new_uuid();
  std::erase(digits, '-');
  return digits.substr(digits.size() - count);
}

}  // namespace

std::string Trace::traceparent() const {
  return "00-" + trace_id + "-" + span_id + "-" + flags;
}

Trace trace_of(std::string_view traceparent) {
  Trace trace{.trace_id = {}, .parent_id = {}, .span_id = random_digits(span_digits), .flags = "00"};
  if (!is_traceparent(traceparent)) {
    trace.trace_id = random_digits(trace_digits);
    return trace;
  }
  trace.trace_id = traceparent.substr(3, trace_digits);
  trace.parent_id = traceparent.substr(36, span_digits);
  // Of the flags only the first has a meaning.
  trace.flags = std::string_view("13579bdf").find(traceparent[54]) == std::string_view::npos ? "00" : "01";
  return trace;
}

}  // namespace server
