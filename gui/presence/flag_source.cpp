// SPDX-License-Identifier: GPL-3.0-or-later
#include "presence/flag_source.h"

namespace hearth::gui {

void FlagSource::put(bool set) {
  if (set == m_set) return;
  m_set = set;
  emit changed();
}

}  // namespace hearth::gui
