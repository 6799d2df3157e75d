# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's Snakemake, unmodified, drives the grid through packaging/snakemake: a search of protein families with HMMER."""

import gzip
import pathlib
import signal
import subprocess
import sys
import unittest

from grid import BIN, SOURCE, Grid, run
from guide import run_guide

sys.path.insert(0, str(SOURCE / "packaging" / "python"))
import hearth

EXAMPLES = pathlib.Path("/usr/share/doc/hmmer/examples")
PROFILES = {"globins4": "tutorial", "fn3": "tutorial"}
SETS = {"globins45.fa": "tutorial", "7LESS_DROME": "tutorial", "HBB_HUMAN": "tutorial", "PAX8_HUMAN": "testsuite", "Pkinase.sto": "tutorial",
        "fn3.sto": "tutorial", "Caudal_act.sto": "testsuite", "LuxC.sto": "testsuite", "Patched.sto": "testsuite", "RRM_1.sto": "testsuite",
        "SMC_N.sto": "testsuite"}

SNAKEFILE = """
configfile: "config/config.yaml"
include: "rules/search.smk"

rule all:
    input: "report.txt", "flaky.txt"

rule gather:
    input: expand("hits/{profile}-{set}.count", profile=config["profiles"], set=config["sets"])
    output: "table.tsv"
    log: "logs/gather.log"
    script: "scripts/gather.py"

rule report:
    input: table="table.tsv", names="names.txt"
    output: "report.txt"
    run:
        with open(output[0], "w") as out:
            lines = open(input.table).read().splitlines()
            print(len(lines), "searches of", open(input.names).read().strip(), file=out)
            print(max(lines, key=lambda line: int(line.split("\\t")[2])), file=out)

rule flaky:
    output: "flaky.txt"
    log: "logs/flaky.log"
    retries: 2
    resources: attempt=lambda wildcards, attempt: attempt
    shell: "echo attempt {resources.attempt} > {log}; test {resources.attempt} -ge 2; echo {{braces}} > {output}"
"""
SEARCH = """
rule search:
    input: profile="profiles/{profile}.hmm", set="sets/{set}"
    output: hits=temp("hits/{profile}-{set}.sto"), number="hits/{profile}-{set}.count"
    log: "logs/{profile}-{set}.log"
    threads: 1
    resources: mem_mb=200, disk_mb=100, runtime=5, hearth_quorum=1
    shell:
        "hmmsearch --cpu 0 --noali -A {output.hits} {input.profile} {input.set} > {log};"
        "grep -c '^#=GS .* DE ' {output.hits} > {output.number} || true"
"""
GATHER = """
with open(snakemake.output[0], "w") as out, open(snakemake.log[0], "w") as log:
    for path in snakemake.input:
        profile, _, name = path.partition("/")[2].rpartition(".")[0].partition("-")
        print(profile, name, open(path).read().strip(), sep="\\t", file=out)
    print("gathered", len(snakemake.input), file=log)
"""


def unpack(place, name, target):
    file = EXAMPLES / place / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(file.read_bytes() if file.exists() else gzip.decompress(file.with_name(name + ".gz").read_bytes()))


class Snakemake(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.grid = Grid()
        cls.addClassCleanup(cls.grid.__exit__, None, None, None)
        cls.grid.ready(agents=2)
        run([SOURCE / "packaging" / "python" / "publish-python", "--hearth", BIN / "hearth", "--snakemake", "--key",
             cls.grid.data / "keys" / "root.key", "--version", "1", "hmmsearch"], env=cls.grid.env, timeout=300)
        cls.env = {**cls.grid.env, "CI": "true"}  # Snakemake then asks after its jobs every second, not every ten

    def workflow(self, name, snakefile, **files):
        folder = self.grid.folder / "workflows" / name
        folder.mkdir(parents=True)
        (folder / "Snakefile").write_text(snakefile, encoding="utf-8")
        for place, text in files.items():
            (folder / place).write_text(text, encoding="utf-8")
        return folder

    def command(self, *arguments):
        return ["snakemake", "--profile", str(SOURCE / "packaging" / "snakemake"), *arguments]

    def snakemake(self, folder, *arguments, timeout=240):
        return subprocess.run(self.command(*arguments), cwd=folder, env=self.env, capture_output=True, text=True, timeout=timeout, check=False)

    def batches(self):
        return self.grid.hearth_json("status")["batches"]

    def test_a_search_with_a_fan_out_a_fan_in_and_a_job_that_needs_two_tries(self):
        folder = self.workflow("search", SNAKEFILE, **{"names.txt": "proteins"})
        for name, place in PROFILES.items():
            unpack(place, f"{name}.hmm", folder / "profiles" / f"{name}.hmm")
        for name, place in SETS.items():
            unpack(place, name, folder / "sets" / name)
        for place, text in (("config/config.yaml", f"profiles: {[*PROFILES]}\nsets: {[*SETS]}\n"), ("rules/search.smk", SEARCH),
                            ("scripts/gather.py", GATHER)):
            (folder / place).parent.mkdir()
            (folder / place).write_text(text, encoding="utf-8")
        done = self.snakemake(folder)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual((folder / "report.txt").read_text(), "22 searches of proteins\nfn3\tfn3.sto\t98\n")
        self.assertEqual((folder / "flaky.txt").read_text().strip(), "{braces}")
        self.assertEqual((folder / "logs" / "flaky.log").read_text(), "attempt 2\n")
        self.assertIn("failed on a volunteer's machine", done.stderr)
        self.assertIn("Trying to restart job", done.stderr)
        self.assertEqual((folder / "logs" / "gather.log").read_text(), "gathered 22\n")
        self.assertIn("hmmsearch ::", (folder / "logs" / "fn3-fn3.sto.log").read_text())
        self.assertEqual([*(folder / "hits").glob("*.sto")], [], "temporary files are gone")
        specs = [batch for batch in self.batches() if batch["name"].startswith("snakemake: search")]
        self.assertEqual(len(specs), 22)
        self.assertEqual({batch["state"] for batch in self.batches()}, {"done"})
        again = self.snakemake(folder)
        self.assertIn("Nothing to be done", again.stderr)
        (folder / "names.txt").write_text("families")
        self.assertEqual(self.snakemake(folder).returncode, 0)
        self.assertIn("22 searches of families", (folder / "report.txt").read_text())

    def test_what_a_rule_asks_for_is_what_its_task_gets(self):
        folder = self.workflow("asks", 'rule all:\n  output: "out/{x} y.txt".format(x=1)\n  threads: 2\n'
                                       '  resources: mem_mb=300, disk_mb=70, runtime=7, hearth_retries=5\n'
                                       '  shell: "cat lib/value > {output:q}"\n')
        (folder / "lib").mkdir()
        (folder / "lib" / "value").write_text("7")
        submit = f"{SOURCE}/packaging/snakemake/submit.py --retries 4 --quorum 2 --files 'lib/**'"
        done = self.snakemake(folder, "--cluster", submit)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        with hearth.Client.from_login(self.grid.folder / "config" / "hearth") as client:
            spec = client.spec(next(client.batches())["id"])
        self.assertEqual({key: spec["requirements"][key] for key in ("processors", "memoryBytes", "diskBytes")},
                         {"processors": 2, "memoryBytes": 500_000_000, "diskBytes": 70_000_000})
        self.assertEqual(spec["limits"]["timeMs"], 7 * 60_000)
        self.assertEqual((spec["policy"]["retries"], spec["policy"]["quorum"]), (5, 2), "a rule's word goes before the workflow's")
        self.assertEqual((folder / "out" / "1 y.txt").read_text(), "7")

    def test_a_job_that_always_fails_ends_the_workflow_with_its_log(self):
        folder = self.workflow("fails", 'rule all:\n  output: "never"\n  log: "log.txt"\n  shell: "echo why > {log}; echo no luck >&2; exit 3"\n')
        done = self.snakemake(folder)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no luck", done.stderr)
        self.assertEqual((folder / "log.txt").read_text(), "why\n")
        self.assertFalse((folder / "never").exists())

    def test_a_task_that_no_host_can_finish_is_told(self):
        folder = self.workflow("slow", 'rule all:\n  output: "never"\n  resources: runtime=1, hearth_retries=0\n'
                                       '  shell: "kill -9 $PPID; sleep 60"\n')
        done = self.snakemake(folder)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "failed on a volunteer's machine|without a result")

    def test_what_cannot_work_on_another_machine_says_what_to_do(self):
        (self.grid.folder / "elsewhere").write_text("x")
        for name, snakefile, arguments, words in (
                ("absolute", f'rule all:\n  input: "{self.grid.folder}/elsewhere"\n  output: "a"\n  shell: "cp {{input}} {{output}}"\n', (),
                 "outside of the workflow"),
                ("conda", 'rule all:\n  output: "a"\n  shell: "touch {output}"\n', ("--use-singularity",), "publish-python --snakemake"),
                ("folder", 'rule all:\n  output: directory("a")\n  shell: "mkdir {output}"\n', (), "these outputs are folders"),
                ("unknown", 'rule all:\n  output: "a"\n  resources: hearth_application="nobodys"\n  shell: "touch {output}"\n', (), "nobodys")):
            with self.subTest(name):
                done = self.snakemake(self.workflow(name, snakefile), *arguments)
                self.assertEqual(done.returncode, 1)
                self.assertIn(words, done.stdout + done.stderr)

    def test_an_interrupted_workflow_cancels_its_batches(self):
        folder = self.workflow("long", 'rule all:\n  output: "never"\n  shell: "sleep 600; touch {output}"\n')
        process = self.grid.start("snakemake", ["sh", "-c", 'cd "$0" && exec "$@"', folder, *self.command()], env=self.env)
        Grid.until(lambda: any(batch["state"] == "running" for batch in self.batches()), 60, "the job is sent")
        process.send_signal(signal.SIGINT)
        Grid.until(lambda: self.batches()[0]["state"] == "cancelled", 60, "its batch is cancelled")
        process.wait(60)
        self.grid.processes.pop("snakemake")

    def test_a_restart_of_the_server_does_not_fail_a_workflow(self):
        folder = self.workflow("restart", 'rule all:\n  input: expand("{n}.txt", n=range(3))\n'
                                          'rule each:\n  output: "{n}.txt"\n  shell: "sleep 6; echo {wildcards.n} > {output}"\n')
        before = len(self.batches())
        process = self.grid.start("snakemake", ["sh", "-c", 'cd "$0" && exec "$@"', folder, *self.command()], env=self.env)
        Grid.until(lambda: len(self.batches()) == before + 3, 60, "the jobs are sent")
        self.grid.kill("server")
        self.grid.start_server()
        self.assertEqual(process.wait(240), 0, self.grid.logs["snakemake"].read_text())
        self.grid.processes.pop("snakemake")
        self.assertEqual([(folder / f"{n}.txt").read_text() for n in range(3)], ["0\n", "1\n", "2\n"])

    def test_the_guides_snippets_work(self):
        run_guide(self, self.grid, lambda section: section == "Snakemake")


if __name__ == "__main__":
    unittest.main(verbosity=2)
