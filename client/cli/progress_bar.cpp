// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/progress_bar.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <ostream>

#include <sys/ioctl.h>
#include <unistd.h>

namespace hearth::cli {
namespace {

constexpr unsigned kBarColumns = 24;
constexpr double kMeterSeconds = 30;

std::string rateText(double perSecond) {
  char text[32];
  std::snprintf(text, sizeof text, perSecond < 10 ? "%.2f/s" : "%.0f/s", perSecond);
  return text;
}

std::string roughBytes(double bytes) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < std::size(kUnits); ++unit) bytes /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 || bytes >= 100 ? "%.0f %s" : "%.1f %s", bytes, kUnits[unit]);
  return text;
}

unsigned terminalWidth() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

std::string roughTime(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::ceil(std::clamp(seconds, 0.0, 1e12)));
  if (whole < 90) return std::to_string(whole) + " s";
  if (whole < 90 * 60) return std::to_string((whole + 30) / 60) + " min";
  if (whole < 48 * 3600) return std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
  return std::to_string(whole / 86400) + " days";
}

std::string progressLine(const Progress& progress, unsigned width) {
  const double share =
      progress.total == 0 ? 1 : std::min(1.0, static_cast<double>(progress.done) / static_cast<double>(progress.total));
  const auto filled = static_cast<unsigned>(share * kBarColumns);
  char percent[16];
  std::snprintf(percent, sizeof percent, "%3d %%", static_cast<int>(share * 100));
  std::string line = "[" + std::string(filled, '#') + std::string(kBarColumns - filled, '-') + "]  " + percent + "  " +
                     std::to_string(progress.done) + "/" + std::to_string(progress.total);
  if (progress.ratePerSecond > 0) {
    line += "  " + rateText(progress.ratePerSecond);
    if (progress.done < progress.total) {
      line += "  " + roughTime(static_cast<double>(progress.total - progress.done) / progress.ratePerSecond) + " left";
    }
  }
  if (!progress.note.empty()) line += "  " + progress.note;
  if (line.size() > width) line.resize(width);
  return line;
}

void RateMeter::sample(double seconds, std::uint64_t count) {
  if (m_lastSeconds < 0) {
    m_lastSeconds = seconds;
    m_lastCount = count;
    return;
  }
  const double passed = seconds - m_lastSeconds;
  if (passed < 0.2) return;
  const double now = count >= m_lastCount ? static_cast<double>(count - m_lastCount) / passed : 0;
  const double weight = m_rate == 0 ? 1 : 1 - std::exp(-passed / kMeterSeconds);
  m_rate += (now - m_rate) * weight;
  m_lastSeconds = seconds;
  m_lastCount = count;
}

void StatusLine::show(const Progress& progress) {
  if (!m_isTerminal) return;
  m_out << "\r\x1b[K" << progressLine(progress, terminalWidth() - 1) << std::flush;
  m_isShown = true;
}

void StatusLine::clear() {
  if (m_isShown) m_out << "\r\x1b[K" << std::flush;
  m_isShown = false;
}

void TransferLine::moved(std::uint64_t bytes) {
  m_bytes += bytes;
  refresh(false);
}

void TransferLine::done() {
  ++m_done;
  refresh(m_done == m_blobs);
}

void TransferLine::refresh(bool isLast) {
  const auto now = std::chrono::steady_clock::now();
  if (!isLast && now - m_shown < std::chrono::milliseconds(150)) return;
  m_shown = now;
  const double seconds = std::chrono::duration<double>(now - m_begun).count();
  const auto bytes = static_cast<double>(m_bytes);
  m_line.show({m_done, m_blobs, 0,
               m_verb + " " + roughBytes(bytes) + ", " + roughBytes(seconds > 0 ? bytes / seconds : 0) + "/s"});
}

}  // namespace hearth::cli
