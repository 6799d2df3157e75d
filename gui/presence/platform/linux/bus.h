// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDBusConnection>
#include <QDBusMessage>
#include <QObject>
#include <QVariantList>
#include <functional>

namespace hearth::gui {

/// An object of a service on a D-Bus. A plain value.
struct BusObject {
  QDBusConnection bus;
  QString service, path, interface;
};

/// Calls a method and hands on what it returned, unless it failed or `context` is gone by then. Starts no service that
/// does not run, and waits for nothing.
void callBus(const BusObject& object, const QString& method, const QVariantList& arguments, QObject* context,
             std::function<void(const QVariantList&)> then);
/// Reads a property in the same way.
void readBus(const BusObject& object, const QString& property, QObject* context,
             std::function<void(const QVariant&)> then);
/// Calls `change` whenever the service comes (true) or goes (false), and at the beginning where it is there.
void followService(const BusObject& object, QObject* context, std::function<void(bool)> change);

}  // namespace hearth::gui
