// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPushButton>
#include <QTemporaryDir>
#include <QtTest>

#include "gui/fake_agent.h"
#include "tray/agent_desk.h"
#include "tray/main_window.h"
#include "tray/own_settings.h"

namespace hearth::gui::test {

/// The real window over a link to an agent that does what the test says.
struct WindowRig {
  FakeAgent agent;
  QTemporaryDir config;
  AgentLink link{{agent.path()}};
  AgentDesk desk{link};
  OwnSettings own{config.path()};
  MainWindow window{desk, own};

  void start() {
    agent.listen();
    link.start();
    window.show();
  }
  bool reached() {
    return QTest::qWaitFor([this] { return link.contact() == Contact::kReached && !desk.preferences().isEmpty(); });
  }
  /// The visible control of that name; fails the caller by nullptr.
  template <typename Widget = QPushButton>
  Widget* find(const QString& name) const {
    for (Widget* each : window.findChildren<Widget*>(name)) {
      if (each->isVisible()) return each;
    }
    return nullptr;
  }
  void click(const QString& name) {
    auto* button = find<QAbstractButton>(name);
    QVERIFY2(button != nullptr, qPrintable("there is no visible button " + name));
    QVERIFY2(button->isEnabled(), qPrintable(name + " is disabled"));
    QTest::mouseClick(button, Qt::LeftButton);
  }
  QString told() const { return window.findChild<QLabel*>("told")->text(); }
};

}  // namespace hearth::gui::test
