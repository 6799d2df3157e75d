# SPDX-License-Identifier: GPL-3.0-or-later
"""What an agent lends by choice: a virtual machine to a task that demands one, and a device for computing, for which PoCL stands."""

import json
import os
import pathlib
import shutil
import unittest

import image_test
from grid import BIN, SOURCE, Grid, run


class Lending(unittest.TestCase):
    def setUp(self):
        self.grid = Grid()
        self.addCleanup(self.grid.end_after, self)
        self.grid.ready(agents=0)

    def start(self, *arguments):
        self.grid.join("lender")
        process = self.grid.start("lender", [BIN / "hearth-agent", "daemon", "--dedicated", "--dir", self.grid.folder / "lender", *arguments])
        self.grid.until(lambda: self.grid.agent("lender", "status", check=False).returncode == 0 or process.poll() is not None, 120,
                        "the agent answers")

    def output_of(self, script, requirements):
        image_test.docker_archive(self.grid.folder / "tool.tar",
                                  [image_test.layer({"bin/busybox": (pathlib.Path("/bin/busybox").read_bytes(), 0o755)})], {})
        bundle = self.grid.folder / "bundle"
        bundle.mkdir()
        self.grid.hearth("pack", "--image", self.grid.folder / "tool.tar", "--version", "1", "-o", bundle / "package")
        command = json.dumps(["/bin/busybox", "sh", "-c", script])
        (bundle / "hearth.toml").write_text(f'name = "lent"\npackage = "package"\ncommand = {command}\nstdout = "out"\n'
                                            f'[requirements]\nmemory = "64MiB"\ndisk = "16MiB"\n{requirements}\n', encoding="utf-8")
        batch = self.grid.submit(bundle)
        state = self.grid.wait_done(batch, 240)
        self.assertEqual((state["state"], state["certified"]), ("done", 1), state)
        self.grid.hearth("results", str(batch), "-o", self.grid.folder / "results")
        return (self.grid.folder / "results" / "0" / "out").read_text()

    @unittest.skipUnless(shutil.which("qemu-system-x86_64"), "qemu-system-x86 is not installed")
    def test_a_task_that_demands_a_virtual_machine_has_a_kernel_of_its_own(self):
        run([SOURCE / "packaging" / "vm" / "build-guest", self.grid.folder / "machine", BIN / "hearth-guest-init"])
        self.start("--machine", self.grid.folder / "machine", "--emulate")
        kernel = self.output_of("busybox uname -r", 'sandbox = "vm"').strip()
        self.assertNotEqual(kernel, os.uname().release)
        self.assertRegex(kernel, r"^\d+\.\d+")

    @unittest.skipUnless(shutil.which("poclcc") or pathlib.Path("/etc/OpenCL/vendors/pocl.icd").exists(), "PoCL is not installed")
    def test_a_device_is_advertised_matched_and_named_to_its_task(self):
        self.start("--devices", "all")
        told = self.output_of("echo $HEARTH_DEVICES", 'gpus = 1\ngpu_api = "opencl"').strip()
        self.assertTrue(told)
        self.assertIn("lends the device " + told, self.grid.logs["lender"].read_text())


if __name__ == "__main__":
    unittest.main(verbosity=2)
