// SPDX-License-Identifier: GPL-3.0-or-later
#include "presence/input_source.h"

namespace hearth::gui {

InputSource::InputSource(Precision precision) : m_precision(precision) {}

void InputSource::setUsable(bool usable) {
  if (usable == m_usable) return;
  m_usable = usable;
  emit usableChanged();
}

}  // namespace hearth::gui
