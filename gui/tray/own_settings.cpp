// SPDX-License-Identifier: GPL-3.0-or-later
#include "tray/own_settings.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSaveFile>

namespace hearth::gui {
namespace {

constexpr auto kNotifies = "notifications";
// The package starts the tray in every session; an entry of the user's own by the same name outweighs it.
constexpr auto kEntry =
    "[Desktop Entry]\nType=Application\nName=Hearth\nExec=hearth-tray --hidden\nIcon=hearth-tray\n"
    "X-GNOME-Autostart-enabled=%1\nHidden=%2\n";

}  // namespace

OwnSettings::OwnSettings(const QString& configFolder, QObject* parent) : QObject(parent), m_folder(configFolder) {
  const QString file = m_folder + "/hearth/tray.ini";
  m_settings = std::make_unique<QSettings>(file, QSettings::IniFormat);
  m_settings->sync();
  if (m_settings->status() != QSettings::FormatError) return;
  m_settings.reset();
  m_keptAside = file + ".unreadable";
  QFile::remove(m_keptAside);
  QFile::rename(file, m_keptAside);
  m_settings = std::make_unique<QSettings>(file, QSettings::IniFormat);
}

bool OwnSettings::notifies() const { return m_settings->value(kNotifies, false).toBool(); }

void OwnSettings::setNotifies(bool wanted) { m_settings->setValue(kNotifies, wanted); }

QString OwnSettings::autostartFile() const { return m_folder + "/autostart/hearth-tray.desktop"; }

bool OwnSettings::startsWithSession() const {
  QFile entry(autostartFile());
  if (entry.open(QFile::ReadOnly)) return !entry.readAll().contains("Hidden=true");
  return QFileInfo::exists("/etc/xdg/autostart/hearth-tray.desktop");
}

bool OwnSettings::setStartsWithSession(bool wanted) {
  QDir().mkpath(QFileInfo(autostartFile()).path());
  QSaveFile entry(autostartFile());
  if (!entry.open(QFile::WriteOnly)) return false;
  entry.write(QString(kEntry).arg(wanted ? "true" : "false", wanted ? "false" : "true").toUtf8());
  return entry.commit();
}

}  // namespace hearth::gui
