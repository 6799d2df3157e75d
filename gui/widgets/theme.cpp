// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/theme.h"

#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>

namespace hearth::gui {
namespace {

constexpr auto kPortal = "org.freedesktop.portal.Desktop";
constexpr auto kPath = "/org/freedesktop/portal/desktop";
constexpr auto kSettings = "org.freedesktop.portal.Settings";
constexpr auto kAppearance = "org.freedesktop.appearance";
constexpr auto kKey = "color-scheme";
constexpr uint kDark = 1;  // of the portal's color-scheme

QColor mixed(const QColor& a, const QColor& b, double part) {
  const auto mix = [part](int x, int y) { return static_cast<int>(x + (y - x) * part); };
  return {mix(a.red(), b.red()), mix(a.green(), b.green()), mix(a.blue(), b.blue())};
}

QPalette paletteOf(const QColor& window, const QColor& base, const QColor& text, const QColor& button,
                   const QColor& highlight) {
  QPalette palette(text, button, button.lighter(140), button.darker(160), button.darker(120), text, Qt::white, base,
                   window);
  palette.setColor(QPalette::AlternateBase, mixed(base, window, 0.5));
  palette.setColor(QPalette::Highlight, highlight);
  palette.setColor(QPalette::HighlightedText, Qt::white);
  palette.setColor(QPalette::ToolTipBase, base);
  palette.setColor(QPalette::ToolTipText, text);
  palette.setColor(QPalette::PlaceholderText, mixed(text, base, 0.3));
  palette.setColor(QPalette::Link, isDark(palette) ? QColor("#fdba74") : QColor("#9a3412"));
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
    palette.setColor(QPalette::Disabled, role, mixed(text, window, 0.55));
  }
  return palette;
}

}  // namespace

bool isDark(const QPalette& palette) {
  return palette.color(QPalette::WindowText).lightness() > palette.color(QPalette::Window).lightness();
}

Colours coloursOf(const QPalette& palette) {
  const bool dark = isDark(palette);
  const QColor window = palette.color(QPalette::Window), text = palette.color(QPalette::WindowText);
  return {dark ? QColor("#fb923c") : QColor("#c2410c"), mixed(text, window, 0.3), mixed(text, window, 0.8),
          palette.color(QPalette::Base), dark ? QColor("#fca5a5") : QColor("#b91c1c")};
}

QPalette darkPalette() {
  return paletteOf(QColor("#23201e"), QColor("#2d2926"), QColor("#f1ece6"), QColor("#3a3531"), QColor("#c2410c"));
}

QPalette lightPalette() {
  return paletteOf(QColor("#f6f3ef"), QColor("#ffffff"), QColor("#292320"), QColor("#ebe5de"), QColor("#c2410c"));
}

ColourScheme::ColourScheme(QObject* parent) : QObject(parent) {}

void ColourScheme::follow() {
  QDBusConnection bus = QDBusConnection::sessionBus();
  if (!bus.isConnected()) return;
  bus.connect(kPortal, kPath, kSettings, "SettingChanged", this,
              SLOT(onSettingChanged(QString, QString, QDBusVariant)));
  QDBusMessage question = QDBusMessage::createMethodCall(kPortal, kPath, kSettings, "Read");
  question.setArguments({kAppearance, kKey});
  question.setAutoStartService(false);
  auto* answer = new QDBusPendingCallWatcher(bus.asyncCall(question), this);
  connect(answer, &QDBusPendingCallWatcher::finished, this, [this, answer] {
    const QDBusPendingReply<QDBusVariant> reply = *answer;
    answer->deleteLater();
    if (!reply.isError()) onSettingChanged(kAppearance, kKey, reply.value());
  });
}

void ColourScheme::onSettingChanged(const QString& group, const QString& key, const QDBusVariant& value) {
  if (group != kAppearance || key != kKey) return;
  QVariant inner = value.variant();
  // The first version of the portal's Read wraps the value twice.
  if (inner.canConvert<QDBusVariant>()) inner = inner.value<QDBusVariant>().variant();
  apply(inner.toUInt());
}

void ColourScheme::apply(uint scheme) {
  const bool dark = isDark(QApplication::palette());
  if (scheme == kDark && !dark) QApplication::setPalette(darkPalette());
  if (scheme != kDark && dark && QApplication::palette() == darkPalette()) QApplication::setPalette(QPalette());
}

}  // namespace hearth::gui
