#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the program of this folder (Debian: apt-get install gcc) and packs it for the bundle. `hearth` must be in PATH.
# HEARTH_TASK_FILES may name the folder of hearth_checkpoint.h; else it is found from where this example lies.
set -eu
cd "$(dirname "$0")"
command -v cc >/dev/null || { echo "prepare.sh: install a C compiler first: apt-get install gcc" >&2; exit 1; }
include=${HEARTH_TASK_FILES:-../../../client/task}
[ -f "$include/hearth_checkpoint.h" ] || { echo "prepare.sh: $include/hearth_checkpoint.h is not there; say where with HEARTH_TASK_FILES" >&2; exit 1; }
cc -O2 -static -I "$include" -o amicable amicable.c
hearth pack ./amicable --name amicable --version 1 --output package
