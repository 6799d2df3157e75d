# SPDX-License-Identifier: GPL-3.0-or-later
"""For the tests of packaging/python: a project with Python as an application, and hearth.py on the path. Runs the test by Debian's Python,
which is the one that is published, and whose cloudpickle and tests of executors Debian has."""

import os
import sys

DEBIAN = "/usr/bin/python3"
if os.path.realpath(sys.executable) != os.path.realpath(DEBIAN):
    os.execv(DEBIAN, [DEBIAN, *sys.argv])

import unittest

from grid import BIN, SOURCE, Grid, run

sys.path.insert(0, str(SOURCE / "packaging" / "python"))
import hearth

PATIENT = 60  # seconds for what takes some


def published(agents):
    """A grid with Python as an application, made as an admin makes it."""
    grid = Grid()
    grid.ready(agents)
    run([SOURCE / "packaging" / "python" / "publish-python", "--hearth", BIN / "hearth", "--key", grid.data / "keys" / "root.key"], env=grid.env)
    return grid


class WithGrid(unittest.TestCase):
    """One project for all tests of a class."""

    agents = 1

    @classmethod
    def setUpClass(cls):
        cls.grid = published(cls.agents)
        cls.addClassCleanup(cls.grid.__exit__, None, None, None)
        cls.client = hearth.Client.from_login(cls.grid.folder / "config" / "hearth")
        cls.addClassCleanup(cls.client.close)
