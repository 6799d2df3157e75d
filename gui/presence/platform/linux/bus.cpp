// SPDX-License-Identifier: GPL-3.0-or-later
#include "presence/platform/linux/bus.h"

#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusServiceWatcher>
#include <QDBusVariant>
#include <utility>

namespace hearth::gui {

void callBus(const BusObject& object, const QString& method, const QVariantList& arguments, QObject* context,
             std::function<void(const QVariantList&)> then) {
  QDBusMessage request = QDBusMessage::createMethodCall(object.service, object.path, object.interface, method);
  request.setArguments(arguments);
  request.setAutoStartService(false);
  auto* watcher = new QDBusPendingCallWatcher(object.bus.asyncCall(request), context);
  QObject::connect(watcher, &QDBusPendingCallWatcher::finished, context, [watcher, then = std::move(then)] {
    watcher->deleteLater();
    if (!watcher->isError()) then(watcher->reply().arguments());
  });
}

void readBus(const BusObject& object, const QString& property, QObject* context,
             std::function<void(const QVariant&)> then) {
  BusObject properties = object;
  properties.interface = QStringLiteral("org.freedesktop.DBus.Properties");
  callBus(properties, QStringLiteral("Get"), {object.interface, property}, context,
          [then = std::move(then)](const QVariantList& values) {
            if (!values.isEmpty()) then(qvariant_cast<QDBusVariant>(values.front()).variant());
          });
}

void followService(const BusObject& object, QObject* context, std::function<void(bool)> change) {
  auto* watcher =
      new QDBusServiceWatcher(object.service, object.bus, QDBusServiceWatcher::WatchForOwnerChange, context);
  QObject::connect(watcher, &QDBusServiceWatcher::serviceOwnerChanged, context,
                   [change](const QString&, const QString&, const QString& owner) { change(!owner.isEmpty()); });
  const BusObject daemon{object.bus, QStringLiteral("org.freedesktop.DBus"), QStringLiteral("/org/freedesktop/DBus"),
                         QStringLiteral("org.freedesktop.DBus")};
  callBus(daemon, QStringLiteral("NameHasOwner"), {object.service}, context,
          [change = std::move(change)](const QVariantList& values) {
            if (!values.isEmpty() && values.front().toBool()) change(true);
          });
}

}  // namespace hearth::gui
