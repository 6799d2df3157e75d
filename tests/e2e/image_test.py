# SPDX-License-Identifier: GPL-3.0-or-later
"""A container image is packed, sent, and run by agents that have no container engine: with its own program, environment and user."""

import hashlib
import io
import json
import pathlib
import tarfile
import unittest

from grid import Grid


def layer(files):
    """A layer's tar archive of {name: (bytes, mode)}."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, (data, mode) in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), mode
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def docker_archive(path, layers, config):
    document = json.dumps({"architecture": "amd64", "os": "linux", "config": config, "rootfs": {
        "type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(each).hexdigest() for each in layers]}}).encode()
    names = [f"layer{number}.tar" for number in range(len(layers))]
    manifest = json.dumps([{"Config": "config.json", "RepoTags": None, "Layers": names}]).encode()
    members = [*zip(names, layers), ("config.json", document), ("manifest.json", manifest)]
    path.write_bytes(layer({name: (data, 0o644) for name, data in members}))


SCRIPT = b"""#!/bin/busybox sh
echo "$GREETING $*" > /work/out
busybox id -u >> /work/out
busybox cat /work/in.txt >> /work/out
"""


class Image(unittest.TestCase):
    def test_an_image_runs_with_its_own_command_and_with_the_batchs(self):
        grid = Grid()
        self.addCleanup(grid.end_after, self)
        grid.ready(agents=1)
        busybox = pathlib.Path("/bin/busybox").read_bytes()
        docker_archive(grid.folder / "tool.tar",
                       [layer({"bin/busybox": (busybox, 0o755)}), layer({"app/start": (SCRIPT, 0o4755)})],
                       {"Entrypoint": ["/app/start"], "Cmd": ["its", "own"], "Env": ["GREETING=hello", "PATH=/bin"], "User": "77"})
        for name, command, words in (("own", [], "its own"), ("batch", ["task", "{index}"], "task 0")):
            with self.subTest(name):
                bundle = grid.folder / name
                bundle.mkdir()
                grid.hearth("pack", "--image", grid.folder / "tool.tar", "--version", "1", "-o", bundle / "package")
                (bundle / "in.txt").write_text("given\n", encoding="utf-8")
                (bundle / "hearth.toml").write_text(
                    f'name = "{name}"\npackage = "package"\ncommand = {json.dumps(command)}\ninputs = ["in.txt"]\noutputs = ["out"]\n',
                    encoding="utf-8")
                batch = grid.submit(bundle)
                state = grid.wait_done(batch, 120)
                self.assertEqual((state["state"], state["certified"]), ("done", 1), state)
                results = grid.folder / f"{name}-results"
                grid.hearth("results", str(batch), "-o", results)
                self.assertEqual((results / "0" / "out").read_text(), f"hello {words}\n77\ngiven\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
