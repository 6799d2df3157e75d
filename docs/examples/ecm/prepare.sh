#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Packs the gmp-ecm of this machine (Debian: apt-get install gmp-ecm) for the bundle beside this script. `hearth` must be in PATH.
set -eu
cd "$(dirname "$0")"
version=$(dpkg-query -W -f='${Version}' gmp-ecm 2>/dev/null) || { echo "prepare.sh: install gmp-ecm first: apt-get install gmp-ecm" >&2; exit 1; }
hearth pack /usr/bin/ecm --name gmp-ecm --version "$version" --output package
