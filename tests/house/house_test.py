# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the house that a compiler alone does not keep: who may know whom, what the brain may not touch, whose the files are."""

import pathlib
import re
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]

# Folder: the prefixes that its includes may have. A folder in a folder has a line of its own.
MAY_KNOW = {
    "dispatcher/base": {"base"},
    "dispatcher/model": {"base", "model"},
    "dispatcher/wire": {"base", "model", "wire"},
    "dispatcher/core": {"base", "model", "wire", "core"},
    "certs": {"base", "model", "certs"},
    "db": {"base", "model", "db"},
    "server": {"base", "model", "wire", "core", "certs", "db", "server"},
    "client/agent/core": {"base", "model", "wire", "agent_core"},
    "client/agent/sandbox": {"base", "model", "sandbox"},
    "client/agent/image": {"base", "model", "certs", "sandbox", "image"},
    "client/agent/devices/probe": {"probe.h"},
    "client/agent/devices": {"base", "model", "sandbox", "devices"},
    "client/agent": {"base", "model", "wire", "certs", "db", "agent_core", "sandbox", "image", "devices", "agent"},
    "client/wasm": {"base", "certs", "wasm"},
    "client/wasm/host": {"host.h", "os.h", "streams.h", "wasi.h", "woven.h"},
    "gui/presence": {"presence"},
    "gui/link": {"base", "wire", "link"},
    "gui/widgets": {"base", "widgets"},
    "gui/i18n": {"i18n"},
    "gui/tray": {"base", "wire", "i18n", "link", "presence", "widgets", "tray"},
    "client/cli": {"base", "model", "wire", "certs", "image", "wasm", "cli"},
}
# Machines without I/O: no thread, file, socket, clock, environment or random generator of the system.
PURE = ("dispatcher", "client/agent/core")
FORBIDDEN_HEADERS = re.compile(r"thread|mutex|atomic|future|condition_variable|stop_token|filesystem|[io]?f?stream|random|csignal|ctime"
                               r"|sys/.*|(?!toml\+\+/).*\.h|boost/asio.*|boost/beast.*|openssl.*|spdlog.*|Q.*")
FORBIDDEN_WORDS = re.compile(r"\b(system_clock|steady_clock|high_resolution_clock|random_device|getenv|fopen|socket)\b")
SOURCES = {".cpp", ".h", ".c", ".in", ".sql", ".py", ".sh", ".cmake", ".js", ".mjs", ".css"}


def files_of(folder, endings=(".cpp", ".h", ".in")):
    nested = [other for other in MAY_KNOW if other.startswith(folder + "/")]
    for path in sorted((SOURCE / folder).rglob("*")):
        place = path.relative_to(SOURCE).as_posix()
        if path.suffix in endings and not any(place.startswith(other + "/") for other in nested):
            yield place, path.read_text(encoding="utf-8")


class House(unittest.TestCase):
    def test_includes_follow_the_direction(self):
        prefixes = set().union(*MAY_KNOW.values())
        for folder, known in MAY_KNOW.items():
            self.assertTrue(any(files_of(folder)), folder)
            for place, text in files_of(folder):
                for header in re.findall(r'#\s*include\s+"([^"]+)"', text):
                    prefix = header.split("/")[0]
                    self.assertIn(prefix, prefixes, f"{place} includes {header}, which belongs to no folder of the house")
                    self.assertIn(prefix, known, f"{place} includes {header}, against the direction")

    def test_the_machines_without_io_touch_nothing_outside(self):
        for folder in PURE:
            for path in sorted((SOURCE / folder).rglob("*")):
                if path.suffix not in (".cpp", ".h"):
                    continue
                text = path.read_text(encoding="utf-8")
                code = re.sub(r"//[^\n]*", "", text)
                for header in re.findall(r"#\s*include\s+<([^>]+)>", code):
                    self.assertIsNone(FORBIDDEN_HEADERS.fullmatch(header), f"{path} includes <{header}>")
                self.assertIsNone(FORBIDDEN_WORDS.search(re.sub(r'"[^"\n]*"', '""', code)), str(path))

    def test_every_source_names_its_licence(self):
        for top in ("certs", "client", "db", "dispatcher", "docs", "gui", "packaging", "server", "tests"):
            for path in sorted((SOURCE / top).rglob("*")):
                if path.suffix in SOURCES and path.is_file() and not {"package", "node_modules"} & set(path.parts):
                    head = path.read_text(encoding="utf-8").splitlines()[:3]
                    self.assertTrue(any("SPDX-License-Identifier: GPL-3.0-or-later" in line for line in head), f"{path} has no SPDX line")

    def test_pages_keep_their_scripts_and_styles_in_files(self):
        for path in sorted((SOURCE / "server/web/pages").rglob("*.html")):
            text = path.read_text(encoding="utf-8")
            for forbidden in (r"<style", r"<script(?![^>]* src=)", r"\sstyle=", r"\son[a-z]+=", r"\{\{\{(?!\w*Svg\}\}\})", r"\{\{&", r"javascript:"):
                self.assertIsNone(re.search(forbidden, text), f"{path}: {forbidden}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
