# SPDX-License-Identifier: GPL-3.0-or-later
"""Services for sensors to ask, on the bus that $DBUS_SESSION_BUS_ADDRESS names: those whose names are given. Says "ready" once they are there."""

import sys
import time

import dbus
import dbus.mainloop.glib
import dbus.service
from dbusmock.mockobject import DBusMockObject
from gi.repository import GLib

dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
kept = []


def service(name, path, interface, properties):
    owned = dbus.service.BusName(name, bus, allow_replacement=True, replace_existing=True, do_not_queue=True)
    mock = DBusMockObject(owned, path, interface, properties)
    kept.extend((owned, mock))
    return mock


def power(on_battery, present):
    name = "org.freedesktop.UPower"
    mock = service(name, "/org/freedesktop/UPower", name, {"OnBattery": on_battery})
    mock.AddObject("/org/freedesktop/UPower/devices/DisplayDevice", f"{name}.Device", {"IsPresent": present, "Percentage": dbus.Double(41.6)}, [])


def network(metered):
    service("org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager", "org.freedesktop.NetworkManager", {"Metered": dbus.UInt32(metered)})


def sessions(kind, idle, ago, of="user", active=True):
    name = "org.freedesktop.login1"
    path = "/org/freedesktop/login1/session/_31"
    mock = service(name, "/org/freedesktop/login1", f"{name}.Manager", {})
    listed = f"ret = [('1', dbus.UInt32(1000), 'owner', 'seat0', dbus.ObjectPath('{path}'))]"
    mock.AddMethod(f"{name}.Manager", "ListSessions", "", "a(susso)", listed)
    since = dbus.UInt64(int((time.time() - ago) * 1e6))
    mock.AddObject(path, f"{name}.Session", {"Type": kind, "Class": of, "Active": active, "IdleHint": idle, "IdleSinceHint": since}, [])


def games(clients):
    name = "com.feralinteractive.GameMode"
    service(name, "/com/feralinteractive/GameMode", name, {"ClientCount": dbus.Int32(clients)})


def mutter(milliseconds):
    name = "org.gnome.Mutter.IdleMonitor"
    mock = service(name, "/org/gnome/Mutter/IdleMonitor/Core", name, {})
    mock.AddMethod(name, "GetIdletime", "", "t", f"ret = dbus.UInt64({milliseconds})")


SERVICES = {
    "power-battery": lambda: power(True, True),
    "power-ups": lambda: power(True, False),
    "power-mains": lambda: power(False, True),
    "network-metered": lambda: network(3),
    "network-free": lambda: network(4),
    "session-used": lambda: sessions("wayland", False, 0),
    "session-idle": lambda: sessions("x11", True, 3600),
    "session-login": lambda: sessions("x11", False, 0, of="greeter"),
    "session-behind": lambda: sessions("x11", False, 0, active=False),
    "session-text": lambda: sessions("tty", False, 0),
    "games-one": lambda: games(1),
    "games-none": lambda: games(0),
    "mutter": lambda: mutter(4200),
    "stranger": lambda: service("com.feralinteractive.GameMode", "/elsewhere", "com.feralinteractive.GameMode", {}),
}
for each in sys.argv[1:]:
    SERVICES[each]()
print("ready", flush=True)
GLib.MainLoop().run()
