# SPDX-License-Identifier: GPL-3.0-or-later
"""One module gives the same bytes, whatever compiler and processor it is built for."""

import concurrent.futures
import os
import unittest

import builds


class Identity(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # A linker run at the same time as the next compiler: two cores are kept busy.
        wanted = [(name, variant) for name in builds.PROGRAMS for variant in builds.VARIANTS]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            cls.failed = {}
            for (name, variant), made in zip(wanted, pool.map(cls.try_to_build, wanted)):
                if made is not None:
                    cls.failed[(name, variant)] = made

    @staticmethod
    def try_to_build(wanted):
        try:
            builds.build(*wanted)
        except builds.Missing as error:
            return error
        return None

    def check(self, name):
        for variant in builds.VARIANTS:
            if (name, variant) in self.failed:
                self.skipTest(str(self.failed[(name, variant)]))
        argument = builds.PROGRAMS[name][1]
        expected = builds.witness(name, [argument])[:3]
        self.assertEqual(expected[0], 0, expected)
        self.assertTrue(expected[1], "it prints something")
        for variant in builds.VARIANTS:
            with self.subTest(variant=variant):
                self.assertEqual(builds.outcome(builds.build(name, variant), [argument])[:3], expected)
        with self.subTest(variant="every access checked"):
            self.assertEqual(builds.outcome(builds.build(name, "gcc"), [argument], builds.limited_address_space)[:3], expected)

    def test_masses_under_gravity_are_the_same_everywhere(self):
        self.check("bodies")

    def test_a_digest_is_the_same_everywhere(self):
        self.check("digest")

    def test_the_c_librarys_mathematics_is_the_same_everywhere(self):
        self.check("curves")

    def test_zlib_is_the_same_everywhere(self):
        self.check("squeeze")

    def test_bzip2_is_the_same_everywhere(self):
        self.check("blocks")

    def test_stb_is_the_same_everywhere(self):
        self.check("picture")

    @unittest.skipUnless(os.path.exists(builds.WINE), "wine64 is not installed")
    def test_the_build_for_windows_gives_the_same_under_wine(self):
        with builds.folder() as prefix:
            variables = {"WINEPREFIX": prefix, "WINEDEBUG": "-all", "HOME": prefix, "PATH": os.environ["PATH"]}
            for name in ("bodies", "folder"):
                with self.subTest(program=name):
                    argument = builds.PROGRAMS.get(name, (None, "1"))[1]
                    expected = builds.outcome(builds.build(name, "gcc"), [argument])[:3]
                    self.assertEqual(builds.outcome(builds.build(name, "windows"), [argument], variables=variables)[:3], expected)


if __name__ == "__main__":
    unittest.main(verbosity=2)
