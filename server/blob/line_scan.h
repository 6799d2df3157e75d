// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "server/blob/line_index.h"

namespace hearth::server {

/// Looks at the lines of a CSV list one after the other and collects its index. Used by one thread, once.
class LineScan {
 public:
  /// A line without its '\n', which began at this offset. Every line of the file, in order.
  Result<void> line(std::string_view text, std::uint64_t offset);
  /// All lines came.
  Result<LineIndex> finish();

 private:
  Result<void> header(std::string_view text);
  Result<void> checkFields(std::string_view text);
  tl::unexpected<Error> refuse(std::uint64_t number, const std::string& what, std::string hint) const;

  LineIndex m_index;
  std::uint64_t m_number = 0;      ///< of the present line, from 1
  std::uint64_t m_firstBlank = 0;  ///< of the blank lines since the last other one; 0: none
};

}  // namespace hearth::server
