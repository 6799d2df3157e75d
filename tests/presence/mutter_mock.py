# SPDX-License-Identifier: GPL-3.0-or-later
"""org.gnome.Mutter.IdleMonitor on the session's bus, as GNOME's compositor has it; input is what calls Input()."""

import time

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME = "org.gnome.Mutter.IdleMonitor"


class IdleMonitor(dbus.service.Object):
    def __init__(self, bus):
        super().__init__(bus, "/org/gnome/Mutter/IdleMonitor/Core")
        self.last = time.monotonic()
        self.idle, self.active, self.timers, self.next = {}, set(), {}, 1

    def lasting(self):
        return int((time.monotonic() - self.last) * 1000)

    def arm(self, watch):
        wait = max(0, self.idle[watch] - self.lasting())
        self.timers[watch] = GLib.timeout_add(wait, self.went_idle, watch)

    def went_idle(self, watch):
        if watch in self.idle:
            self.WatchFired(watch)
        self.timers.pop(watch, None)
        return False

    @dbus.service.method(NAME, in_signature="", out_signature="t")
    def GetIdletime(self):
        return self.lasting()

    @dbus.service.method(NAME, in_signature="t", out_signature="u")
    def AddIdleWatch(self, interval):
        watch, self.next = self.next, self.next + 1
        self.idle[watch] = int(interval)
        self.arm(watch)
        return watch

    @dbus.service.method(NAME, in_signature="", out_signature="u")
    def AddUserActiveWatch(self):
        watch, self.next = self.next, self.next + 1
        self.active.add(watch)
        return watch

    @dbus.service.method(NAME, in_signature="u", out_signature="")
    def RemoveWatch(self, watch):
        self.idle.pop(int(watch), None)
        self.active.discard(int(watch))

    @dbus.service.method(NAME, in_signature="", out_signature="")
    def Input(self):
        self.last = time.monotonic()
        for watch in sorted(self.active):
            self.WatchFired(watch)
        self.active.clear()
        for watch in self.idle:
            if watch in self.timers:
                GLib.source_remove(self.timers[watch])
            self.arm(watch)

    @dbus.service.method(NAME, in_signature="", out_signature="u")
    def Watches(self):
        return len(self.idle) + len(self.active)

    @dbus.service.signal(NAME, signature="u")
    def WatchFired(self, watch):
        pass


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
session = dbus.SessionBus()
name = dbus.service.BusName(NAME, session)
monitor = IdleMonitor(session)
GLib.MainLoop().run()
