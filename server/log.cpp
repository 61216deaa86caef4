#include "server/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <cmath>
#include <utility>

#include "fhir/json.h"

namespace server {

namespace {

/// Members of an object, to stand behind those that the pattern writes.
std::string members(fhir::JsonWriter&& writer) {
  return writer.end_object().take().substr(1);
}

std::string message_member(std::string_view message) {
  fhir::JsonWriter writer;
  writer.begin_object().member("message", message);
  return members(std::move(writer));
}

}  // namespace

struct Log::State {
  spdlog::logger logger{"sir-cds", std::make_shared<spdlog::sinks::stderr_sink_mt>()};

  void write(spdlog::level::level_enum level, std::string_view message) {
    if (logger.should_log(level)) logger.log(level, spdlog::string_view_t(message_member(message)));
  }
};

Log::Log(std::string_view level) : state_(std::make_unique<State>()) {
  state_->logger.set_level(spdlog::level::from_str(std::string(level)));
  state_->logger.set_formatter(std::make_unique<spdlog::pattern_formatter>(
      R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v)", spdlog::pattern_time_type::utc));
}

void Log::request(const RequestLine& line) {
  if (!state_->logger.should_log(spdlog::level::info)) return;
  fhir::JsonWriter writer;
  writer.begin_object().member("route", line.route).member("method", line.method);
  writer.name("status").integer(line.status);
  writer.name("duration_ms").number(std::round(line.duration_ms * 1000) / 1000);
  writer.name("bytes_in").integer(static_cast<std::int64_t>(line.bytes_in));
  writer.name("bytes_out").integer(static_cast<std::int64_t>(line.bytes_out));
  writer.name("topics").begin_array();
  for (const auto& topic : line.topics) writer.text(topic);
  writer.end_array();
  for (const auto& [name, text] : {std::pair<std::string_view, std::string_view>{"issuer", line.issuer},
                                   {"tenant", line.tenant},
                                   {"jti", line.token_id},
                                   {"refused", line.refused}})
    if (!text.empty()) writer.member(name, text);
  writer.member("request_id", line.request_id).member("trace_id", line.trace_id).member("span_id", line.span_id);
  state_->logger.info(spdlog::string_view_t(members(std::move(writer))));
}

void Log::debug(std::string_view message) {
  state_->write(spdlog::level::debug, message);
}
void Log::info(std::string_view message) {
  state_->write(spdlog::level::info, message);
}
void Log::warning(std::string_view message) {
  state_->write(spdlog::level::warn, message);
}
void Log::error(std::string_view message) {
  state_->write(spdlog::level::err, message);
}

Log::Log(Log&&) noexcept = default;
Log& Log::operator=(Log&&) noexcept = default;
Log::~Log() = default;

}  // namespace server
