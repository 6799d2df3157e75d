# SPDX-License-Identifier: GPL-3.0-or-later
"""A desktop's StatusNotifierWatcher on the session bus: prints the item that registers with what it shows, again when its icon or tooltip changes."""

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = "org.kde.StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"


class Watcher(dbus.service.Object):
    @dbus.service.method(NAME, in_signature="s", sender_keyword="sender")
    def RegisterStatusNotifierItem(self, service, sender=None):
        path = "/StatusNotifierItem"
        item = dbus.Interface(dbus.SessionBus().get_object(sender, path), "org.freedesktop.DBus.Properties")

        def show(*_):
            item.Get(ITEM, "ToolTip", reply_handler=lambda tip: item.Get(
                ITEM, "IconPixmap", reply_handler=lambda icons: print("item", len(icons), str(tip[2]), flush=True), error_handler=print),
                error_handler=print)

        for signal in ("NewIcon", "NewToolTip"):
            dbus.SessionBus().add_signal_receiver(show, signal, ITEM, sender, path)
        show()

    @dbus.service.method(NAME, in_signature="s")
    def RegisterStatusNotifierHost(self, service):
        pass

    @dbus.service.method("org.freedesktop.DBus.Properties", in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        values = {"IsStatusNotifierHostRegistered": dbus.Boolean(True), "ProtocolVersion": dbus.Int32(0)}
        return values.get(name, dbus.Array([], signature="s"))

    @dbus.service.method(dbus.INTROSPECTABLE_IFACE, out_signature="s", path_keyword="path", connection_keyword="connection")
    def Introspect(self, path, connection):
        """Clients look here for the properties, which the library leaves out."""
        text = super().Introspect(path, connection)
        return text.replace(f'<interface name="{NAME}">', f'<interface name="{NAME}"><property name="IsStatusNotifierHostRegistered" '
                            'type="b" access="read"/><property name="ProtocolVersion" type="i" access="read"/>')

    @dbus.service.signal(NAME)
    def StatusNotifierHostRegistered(self):
        pass


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
owned = dbus.service.BusName(NAME, bus)
watcher = Watcher(bus, "/StatusNotifierWatcher")
print("ready", flush=True)
GLib.MainLoop().run()
