// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>

#include "cli/transfers.h"

namespace hearth::cli {

/// What a progress bar shows of a batch or a transfer. Plain value.
struct Progress {
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  double ratePerSecond = 0;  ///< 0: not known yet
  std::string note;          ///< after the figures, for instance "3 failed"
};

/// "[#####-----]  50 %  100/200  12.5/s  8 s left  note", at most `width` columns.
std::string progressLine(const Progress& progress, unsigned width);
/// "8 s", "3 min", "2 h 5 min", "4 days".
std::string roughTime(double seconds);

/// Speed over about the last half minute, from samples (seconds, count) given in order: early speed says little about a
/// batch whose agents come and go. Plain value.
class RateMeter {
 public:
  void sample(double seconds, std::uint64_t count);
  double perSecond() const { return m_rate; }

 private:
  double m_lastSeconds = -1;
  std::uint64_t m_lastCount = 0;
  double m_rate = 0;
};

/// One line of a terminal that is written over. In a pipe it stays silent. One thread.
class StatusLine {
 public:
  StatusLine(std::ostream& out, bool isTerminal) : m_out(out), m_isTerminal(isTerminal) {}
  ~StatusLine() { clear(); }
  void show(const Progress& progress);
  void clear();

 private:
  std::ostream& m_out;
  bool m_isTerminal;
  bool m_isShown = false;
};

/// Shows a transfer on a status line, a few times a second at most.
class TransferLine : public TransferObserver {
 public:
  TransferLine(StatusLine& line, std::string verb, std::uint64_t blobs)
      : m_line(line), m_verb(std::move(verb)), m_blobs(blobs) {}
  void moved(std::uint64_t bytes) override;
  void done() override;

 private:
  void refresh(bool isLast);

  StatusLine& m_line;
  std::string m_verb;
  std::uint64_t m_blobs;
  std::uint64_t m_done = 0;
  std::uint64_t m_bytes = 0;
  std::chrono::steady_clock::time_point m_begun = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point m_shown;
};

}  // namespace hearth::cli
