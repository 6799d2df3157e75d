// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/app/log.h"

#include <memory>
#include <string_view>
#include <utility>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "wire/json_writer.h"

namespace hearth::server {
namespace {

/// The message as a JSON string.
class JsonMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& to) override {
    const std::string text =
        wire::JsonWriter().value(std::string_view(message.payload.data(), message.payload.size())).take();
    to.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<JsonMessage>(); }
};

}  // namespace

void startLog(const std::string& level, bool asJson) {
  auto logger = std::make_shared<spdlog::logger>("hearthd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<JsonMessage>('*').set_pattern(
      asJson ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","message":%*})" : "%Y-%m-%d %H:%M:%S.%e %l: %v");
  logger->set_formatter(std::move(formatter));
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace hearth::server
