// SPDX-License-Identifier: GPL-3.0-or-later
#include "i18n/translations.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QTranslator>
#include <memory>

/// A static library's resources are only there once somebody asks for them; not from inside a namespace.
static void loadTranslations() { Q_INIT_RESOURCE(hearth_i18n); }

namespace hearth::gui {
namespace {

bool install(const QLocale& locale, const QString& file, const QString& folder, QObject* owner) {
  auto translator = std::make_unique<QTranslator>(owner);
  if (!translator->load(locale, file, "_", folder)) return false;
  return QCoreApplication::installTranslator(translator.release());
}

}  // namespace

void speak(const QLocale& locale, QObject* owner) {
  loadTranslations();
  install(locale, "qt", QLibraryInfo::path(QLibraryInfo::TranslationsPath), owner);
  // English too: it has plurals.
  if (!install(locale, "hearth", ":/hearth/i18n", owner)) {
    install(QLocale(QLocale::English), "hearth", ":/hearth/i18n", owner);
  }
}

}  // namespace hearth::gui
