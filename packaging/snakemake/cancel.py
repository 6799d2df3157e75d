#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snakemake's --cluster-cancel: ends the batches of the jobs whose numbers are given."""

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "python"))
import hearth


def main() -> int:
    failed = 0
    try:
        with hearth.Client.from_login() as client:
            for number in sys.argv[1:]:
                try:
                    client.cancel(int(number))
                except (hearth.Conflict, hearth.NotFound):
                    pass  # it is over already
                except hearth.HearthError as error:
                    failed = 1
                    print(f"cancel.py: batch {number}: {error}", file=sys.stderr)
    except hearth.HearthError as error:
        failed = 1
        print(f"cancel.py: {error}", file=sys.stderr)
    return failed


if __name__ == "__main__":
    sys.exit(main())
