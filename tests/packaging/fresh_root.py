# SPDX-License-Identifier: GPL-3.0-or-later
"""A Debian to which nothing was added but what the packages depend on, made by debootstrap, from where apt gets its packages."""

import os
import pathlib
import re
import shutil
import subprocess

import machine
import packages


def why_not():
    if os.environ.get("HEARTH_FRESH_ROOT") != "1":
        return "it takes long: ./check --long"
    return machine.why_not()


def dependencies():
    """Of all packages together, but for each other."""
    fields = []
    for deb in packages.debs().values():
        told = subprocess.run(["dpkg-deb", "--field", deb, "Depends"], capture_output=True, text=True, check=True).stdout.strip()
        fields += [each.strip() for each in told.split(",") if not each.strip().startswith("hearth-")]
    return ", ".join(sorted(set(fields)))


def mirror():
    """Its name and where it is."""
    release = re.search(r"(?m)^VERSION_CODENAME=(\w+)", pathlib.Path("/etc/os-release").read_text(encoding="utf-8"))[1]
    told = subprocess.run(["apt-get", "indextargets", "--format", "$(SITE)", "Identifier: Packages", f"Codename: {release}"], capture_output=True, text=True,
                          check=True).stdout.split()
    return release, told[0]


def make(root, more=()):
    shutil.rmtree(root, ignore_errors=True)
    run("debootstrap", "--variant=minbase", *mirror()[:1], root, mirror()[1])
    run("chroot", root, "apt-get", "satisfy", "--yes", "--no-install-recommends", dependencies(), *more)
    run("chroot", root, "apt-get", "clean")


def run(*command):
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive",
                   **{name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}}
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
