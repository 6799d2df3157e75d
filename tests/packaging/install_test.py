# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages are installed, upgraded, removed and purged on a machine without systemd as process 1, as in a container, and leave nothing behind."""

import pathlib
import tempfile
import unittest

import machine
import packages

ALL = sorted(packages.debs())


@unittest.skipIf(machine.why_not(), machine.why_not())
class Install(unittest.TestCase):
    def setUp(self):
        self.given = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(dir=packages.FOLDER)))
        self.room = self.enterContext(machine.Machine(self.given))

    def give(self, suffix):
        files = [packages.other_version(deb, suffix, self.given) for deb in packages.debs().values()]
        return [f"/run/given/{path.name}" for path in files]

    def test_what_was_installed_runs_and_nothing_of_it_is_left_after_a_purge(self):
        self.room.run("dpkg", "--install", *self.give("~before"))
        for program in ("hearth-agent", "hearthd", "hearth"):
            self.assertRegex(self.room.run(program, "--version").stdout, r"\d+\.\d+\.\d+")
        self.assertEqual(self.room.run("stat", "-c", "%a %U:%G", "/var/lib/hearth-agent").stdout.strip(), "711 hearth-agent:hearth-agent")
        self.assertEqual(self.room.run("stat", "-c", "%a %U:%G", "/var/lib/hearth").stdout.strip(), "700 hearth:hearth")

        made = self.room.run("hearth-setup", "--name", "Test", "--public-name", "127.0.0.1").stdout
        self.assertIn("hearthd run /var/lib/hearth", made)
        self.assertEqual(self.room.run("find", "/var/lib/hearth", "!", "-user", "hearth").stdout, "", "root made files that the service cannot use")
        self.room.run("sh", "-c", "echo HEARTH_AGENT_OPTIONS=--dedicated >>/etc/default/hearth-agent")

        self.room.run("dpkg", "--install", *self.give(""))
        self.assertIn("dedicated", self.room.run("cat", "/etc/default/hearth-agent").stdout, "an upgrade took the owner's settings")
        self.room.run("test", "-e", "/var/lib/hearth/hearth.db")

        self.room.run("dpkg", "--remove", *ALL)
        self.room.run("test", "-e", "/var/lib/hearth/hearth.db")
        self.assertNotEqual(self.room.run("sh", "-c", "command -v hearth-agent", check=False).returncode, 0)
        self.room.run("dpkg", "--purge", *ALL)
        self.assertEqual(self.room.left_behind(), {})

    def test_a_machine_that_already_has_the_project_keeps_it_over_a_removal_and_a_new_installation(self):
        new = self.give("")
        self.room.run("dpkg", "--install", *new)
        self.room.run("hearth-setup", "--name", "Kept")
        self.room.run("dpkg", "--remove", "hearth-server")
        self.room.run("dpkg", "--install", *(name for name in new if "hearth-server" in name))
        self.assertIn("already", self.room.run("hearth-setup").stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
