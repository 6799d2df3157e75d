# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that runs out of disk, and one that is told to stop."""

import ssl
import subprocess
import time
import unittest

from grid import BIN, Grid, run
from simulated_host import Connection, Refused, SimulatedHost, call


class ServerFaults(unittest.TestCase):
    def setUp(self):
        self.grid = Grid()
        self.addCleanup(self.grid.end_after, self)

    def person(self, method, path, body=None):
        context = ssl.create_default_context(cafile=str(self.grid.folder / "authority.crt"))
        token = {"Authorization": "Bearer " + self.grid.told["adminToken"]}
        connection = Connection(self.grid.port, context, "localhost")
        try:
            return call(connection, method, path, body, token)
        finally:
            connection.close()

    def is_ready(self):
        try:
            return self.person("GET", "/readyz") == "ready\n"
        except Refused:
            return False

    def refusal(self, ask):
        """What `ask` is refused with while the disk is full. The server tries again every second, and a small write may find room for
        once: what it is given to write makes it meet the end of the disk again."""
        found = []

        def is_refused():
            try:
                self.person("POST", "/api/v1/join-tokens", {"uses": 1})
            except Refused:
                pass
            try:
                ask()
            except Refused as refused:
                found.append(refused)
            return found

        Grid.until(is_refused, 60, "the server meets the end of the disk")
        return found[0]

    def start_on_small_disk(self, size):
        """A server with a disk of its own, in a mount namespace of its own: needs no privilege. Returns the disk's path as seen from here."""
        data = self.grid.data
        copy = self.grid.folder / "seed"
        (self.grid.folder / "authority.crt").write_bytes((data / "certs" / "authority.crt").read_bytes())
        data.rename(copy)
        data.mkdir()
        with open(copy / "hearthd.toml", "a", encoding="utf-8") as file:
            file.write('[limits]\ndisk_reserve = "64KiB"\n')  # so that the database meets the end of the disk too
        script = f"mount -t tmpfs -o size={size} tmpfs {data} && cp -a {copy}/. {data}/ && exec {BIN / 'hearthd'} run {data}"
        server = self.grid.start("server", ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script])
        Grid.until(lambda: self.grid.answers() or server.poll() is not None, 30, "the server answers")
        self.grid.login()
        self.grid.approve_key(copy / "keys" / "root.key")
        return server, f"/proc/{server.pid}/root{data}"

    @staticmethod
    def fill(disk):
        subprocess.run(["dd", "if=/dev/zero", f"of={disk}/filler", "bs=4k"], capture_output=True, check=False)

    def test_a_full_disk_is_told_and_gets_better_by_itself(self):
        server, disk = self.start_on_small_disk("24m")
        self.fill(disk)
        bundle = self.grid.probe_bundle("full", ["probe", "echo", "{n}"], sweep="n = { from = 1, to = 5 }")
        refused = self.grid.hearth("submit", bundle, check=False, timeout=180)
        self.assertNotEqual(refused.returncode, 0)
        self.assertRegex((refused.stderr + refused.stdout).lower(), "disk|space|room")
        self.assertIsNone(server.poll(), "the server lives")
        subprocess.run(["rm", f"{disk}/filler"], check=True)

        def works():
            return self.grid.hearth("submit", bundle, check=False, timeout=60).returncode == 0

        Grid.until(works, 60, "the server takes work again when there is room")
        self.assertTrue(self.is_ready())

    def test_with_a_full_disk_it_goes_on_reading_refuses_with_a_time_and_agents_keep_their_results(self):
        server, disk = self.start_on_small_disk("48m")
        (self.grid.data / "certs").mkdir()  # what a simulated host and the agent read of the project
        (self.grid.data / "certs" / "authority.crt").write_bytes((self.grid.folder / "authority.crt").read_bytes())
        self.grid.add_agent("agent1")
        host = SimulatedHost(self.grid, "host")
        bundle = self.grid.probe_bundle("kept", ["probe", "slow-echo", "{n}", "3000"], sweep="n = { from = 1, to = 4 }")
        batch = self.grid.submit(bundle)
        Grid.until(lambda: self.grid.batch(batch)["active"] >= 2, 60, "tasks run")
        self.fill(disk)

        readyz = self.refusal(lambda: self.person("GET", "/readyz"))
        self.assertEqual(readyz.status, 503)
        self.assertRegex(readyz.problem["detail"], "full|room|space")
        token = self.refusal(lambda: self.person("POST", "/api/v1/join-tokens", {"uses": 1}))
        self.assertIn(token.status, (503, 507))
        sync = self.refusal(host.sync)
        for refused in (readyz, token, sync):
            self.assertGreater(int(refused.headers["Retry-After"]), 0)
        time.sleep(5)  # the agent's tasks end meanwhile, and the server goes on trying
        self.refusal(lambda: self.person("GET", "/readyz"))
        self.assertEqual(self.person("GET", f"/api/v1/batches/{batch}")["tasks"], 4)
        self.assertIn("hearth_commits_failed_total", self.person("GET", "/metrics"))
        self.assertIsNone(server.poll(), "the server lives")

        subprocess.run(["rm", f"{disk}/filler"], check=True)
        Grid.until(self.is_ready, 30, "the server is ready again by itself")
        done = self.grid.wait_done(batch)
        self.assertEqual((done["state"], done["certified"]), ("done", 4))
        for index in range(4):  # nothing that ran was run again
            self.assertEqual(len(self.person("GET", f"/api/v1/batches/{batch}/tasks/{index}")["attempts"]), 1)

    def test_a_polite_stop_ends_with_0_and_keeps_everything(self):
        self.grid.ready(agents=1)
        batch = self.grid.submit(self.grid.probe_bundle("keep", ["probe", "slow-echo", "{n}", "100"], sweep="n = { from = 1, to = 20 }"))
        self.assertEqual(self.grid.stop("server"), 0)
        self.grid.start_server()
        self.assertEqual(self.grid.wait_done(batch)["certified"], 20)

    def test_a_second_server_on_the_same_folder_is_refused(self):
        self.grid.start_server()
        done = subprocess.run([str(BIN / "hearthd"), "run", str(self.grid.data)], capture_output=True, text=True, timeout=30,
                              check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr.lower(), "use|another|running|served")

    def test_a_misspelt_command_suggests_the_nearest(self):
        for program, wrong, meant in (("hearthd", "inti", "init"), ("hearth-agent", "statsu", "status"), ("hearth", "sumbit", "submit")):
            done = run([BIN / program, wrong], check=False)
            self.assertEqual(done.returncode, 2, program)
            self.assertIn(f"Did you mean '{meant}'?", done.stderr)
            self.assertIn(f"{program} --help", done.stderr)
            self.assertEqual(run([BIN / program, "--help"]).returncode, 0)

    def test_agents_of_another_protocol_are_told_what_to_do(self):
        self.grid.start_server()
        host = SimulatedHost(self.grid, "future")
        for range_ in ({"lowest": 0, "highest": 0}, {"lowest": 99, "highest": 99}):
            with self.assertRaises(Refused) as refused:
                host.call("POST", "/agent/v1/sync", {"protocol": range_, "free": {"tasks": 0, "processors": 0, "memoryBytes": 0, "diskBytes": 0},
                                                     "held": [], "results": []})
            self.assertIn("hint", refused.exception.problem)
            self.assertIn("unsupported", refused.exception.problem["type"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
