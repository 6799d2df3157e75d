# SPDX-License-Identifier: GPL-3.0-or-later
"""What the packages say of themselves is right: by lintian, by the desktop's and systemd's own checks, and by what is in them."""

import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import packages

PACKAGING = packages.SOURCE / "packaging"


def run(*command, **how):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=600, **how)


class Lint(unittest.TestCase):
    def lintian(self, *files):
        told = run("lintian", "--allow-root", "--no-cfg", "--fail-on", "error,warning", "--display-level", ">=warning", *files)
        self.assertEqual((told.returncode, told.stdout), (0, ""), told.stderr)

    def test_lintian_finds_no_errors_and_no_warnings(self):
        self.lintian(packages.changes())

    def test_every_override_of_lintian_is_needed_and_has_its_reason(self):
        told = run("lintian", "--allow-root", "--no-cfg", "--display-info", packages.changes()).stdout
        self.assertNotIn("unused-override", told)
        for file in (PACKAGING / "debian").glob("*.lintian-overrides"):
            before = ""
            for line in file.read_text(encoding="utf-8").splitlines():
                self.assertTrue(line.startswith("#") or before, f"{file.name}: {line} has no reason")
                self.assertNotIn("*", line, file.name)
                before = line

    def test_a_projects_package_is_clean_too(self):
        with tempfile.TemporaryDirectory() as folder:
            hearthd = packages.BUILD / "bin/hearthd"
            about = 'about = "Finds large primes, for everybody who likes them.\\n\\nIt needs a long description to be broken into lines: ' + "prime " * 30 + '"\n'
            run(hearthd, "init", f"{folder}/data", "--name", 'Our "Großes" Grid, Inc.', "--public-name", "grid.example.org").check_returncode()
            config = pathlib.Path(folder, "data/hearthd.toml")
            config.write_text(re.sub("# about = .*\n", lambda _: about, config.read_text(encoding="utf-8")), encoding="utf-8")
            made = run(hearthd, "make-installer", f"{folder}/data", "--account", "admin", "--uses", "5", "--for", "3d", "--output", folder)
            self.assertEqual(made.returncode, 0, made.stderr)
            deb = next(pathlib.Path(folder).glob("*.deb"))
            self.assertTrue(deb.name.startswith("hearth-project-our-gro-es-grid-inc_"), deb.name)
            self.lintian(deb)
            self.assertIn("Finds large primes", run("dpkg-deb", "--field", deb, "Description").stdout)
            self.assertEqual(run("dpkg-deb", "--field", deb, "Depends").stdout, "hearth-agent\n")

    def test_the_version_is_that_of_the_project(self):
        version = re.search(r"project\(hearth VERSION ([0-9.]+)", (packages.SOURCE / "CMakeLists.txt").read_text(encoding="utf-8"))[1]
        for deb in packages.debs().values():
            self.assertEqual(run("dpkg-deb", "--field", deb, "Version").stdout.strip(), version)

    def test_what_the_build_depends_on_is_what_the_lists_of_the_setup_say(self):
        control = (PACKAGING / "debian/control").read_text(encoding="utf-8").split("\n\n")[0].split("Build-Depends:")[1]
        told = {re.match(r"[a-z0-9.+-]+", each.strip())[0] for each in control.split(",")} - {"debhelper-compat", "dh-sequence-installsysusers"}
        listed = {line for name in ("build", "gui") for line in (PACKAGING / f"setup/{name}.txt").read_text(encoding="utf-8").splitlines()
                  if line and not line.startswith("#")}
        self.assertEqual(told, listed - {"ccache", "mold", "g++"})  # faster; in build-essential

    def test_what_is_opt_in_is_not_demanded(self):
        fields = run("dpkg-deb", "--field", packages.debs()["hearth-agent"], "Depends", "Recommends", "Suggests").stdout
        demanded, suggested = fields.split("Suggests:")
        self.assertIn("bubblewrap", demanded)
        self.assertIn("libseccomp2", demanded)
        self.assertNotIn("qemu", demanded)
        self.assertIn("qemu-system-x86", suggested)


class Desktop(unittest.TestCase):
    def test_desktop_files_and_the_data_for_software_centres_are_valid(self):
        for file in sorted((PACKAGING / "desktop").glob("*.desktop")):
            told = run("desktop-file-validate", file)
            self.assertEqual((told.returncode, told.stdout), (0, ""), file.name)
        for file in (PACKAGING / "desktop").glob("*.metainfo.xml"):
            told = run("appstreamcli", "validate", "--no-net", "--pedantic", file)
            self.assertEqual(told.returncode, 0, told.stdout)

    def test_the_desktop_opens_invitations_with_the_tray(self):
        text = (PACKAGING / "desktop/hearth-tray.desktop").read_text(encoding="utf-8")
        self.assertIn("MimeType=x-scheme-handler/hearth;", text)
        self.assertRegex(text, r"(?m)^Exec=hearth-tray .*%u$")


    def test_the_tray_knows_its_desktop_file_and_its_icon_by_the_names_in_the_package(self):
        held = run("dpkg-deb", "--contents", packages.debs()["hearth-tray"]).stdout
        names = {match for source in ("own_settings.cpp", "main.cpp")
                 for match in re.findall(r"/autostart/([a-z.-]+)\.desktop|Icon=([a-z.-]+)\\n|setDesktopFileName\(\"([a-z.-]+)\"",
                                         (packages.SOURCE / "gui/tray" / source).read_text(encoding="utf-8"))}
        self.assertEqual({name for match in names for name in match if name}, {"hearth-tray"})
        for file in ("etc/xdg/autostart/hearth-tray.desktop", "usr/share/applications/hearth-tray.desktop",
                     "usr/share/icons/hicolor/scalable/apps/hearth-tray.svg"):
            self.assertIn(f"./{file}\n", held)


class Units(unittest.TestCase):
    """Of what is in the packages, in a root of their own."""

    @classmethod
    def setUpClass(cls):
        cls.root = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.root)
        for deb in packages.debs().values():
            subprocess.run(["dpkg-deb", "--extract", deb, cls.root], check=True)

    def units(self):
        units = {path.name: path for path in self.root.glob("lib/systemd/system/*")}
        self.assertEqual(set(units), {"hearth-agent.service", "hearthd.service"})
        return units

    def test_units_start_programs_that_are_in_the_packages(self):
        for name, path in self.units().items():
            program = re.search(r"(?m)^ExecStart=(\S+)", path.read_text(encoding="utf-8"))[1]
            self.assertTrue((self.root / program[1:]).is_file(), f"{name} starts {program}")

    def test_units_are_understood_without_a_complaint(self):
        for name, path in self.units().items():
            text = re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", path.read_text(encoding="utf-8"))
            text = re.sub(r"(?m)^Documentation=.*\n", "", text)  # is looked for among this machine's manuals
            with tempfile.TemporaryDirectory() as folder:
                unit = pathlib.Path(folder, name)
                unit.write_text(text, encoding="utf-8")
                told = run("systemd-analyze", "verify", "--man=no", unit)
            own = [line for line in told.stderr.splitlines() if name in line]
            self.assertEqual((told.returncode, own), (0, []), told.stderr)

    def test_services_are_as_confined_as_promised(self):
        units = self.units()
        for name, most in (("hearth-agent.service", 2.5), ("hearthd.service", 1.5)):
            told = run("systemd-analyze", "security", "--offline=true", "--no-pager", units[name])
            exposure = float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", told.stdout)[1])
            print(f"{name}: {exposure}")
            self.assertLessEqual(exposure, most, told.stdout)

    def test_manuals_parse_and_every_program_for_people_has_one(self):
        pages = {path.name.split(".")[0]: path for path in self.root.glob("usr/share/man/man*/*.gz")}
        for path in pages.values():
            text = subprocess.run(["gzip", "-dc", path], capture_output=True, check=True).stdout
            told = subprocess.run(["mandoc", "-T", "lint", "-W", "warning"], input=text, capture_output=True, check=False)
            self.assertEqual((told.returncode, told.stdout), (0, b""), path.name)
        programs = {path.name for place in ("usr/bin", "usr/sbin") for path in self.root.glob(f"{place}/*")}
        self.assertLessEqual(programs, set(pages))

    def test_completions_are_read_by_bash_and_know_every_command(self):
        for program in ("hearth-agent", "hearthd", "hearth"):
            file = self.root / "usr/share/bash-completion/completions" / program
            script = f'. {file}; COMP_WORDS=({program} ""); COMP_CWORD=1; _{program.replace("-", "_")}; echo "${{COMPREPLY[*]}}"'
            offered = run("bash", "-c", script).stdout.split()
            shown = run(packages.BUILD / "bin" / program, "--help").stdout.split("Subcommands:")[1] if program != "hearth" else ""
            for command in re.findall(r"(?m)^  ([a-z-]+) ", shown):
                self.assertIn(command, offered, program)
            self.assertTrue(offered, program)


if __name__ == "__main__":
    unittest.main(verbosity=2)
