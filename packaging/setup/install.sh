#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# install.sh LIST…: installs the Debian packages of these lists (packaging/setup/LIST.txt) that are not there yet. As root or through sudo.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

missing=()
for list in "$@"; do
  while read -r package; do
    [[ -z "$package" || "$package" == \#* ]] && continue
    # Node from another source than Debian's carries its own npm, and Debian's would take that node away.
    [[ "$package" == npm ]] && command -v npm >/dev/null && continue
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [[ "$status" == installed ]] || missing+=("$package")
  done <"$here/$list.txt"
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

as_root=()
if [[ $EUID -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "hearth: these packages are missing and there is no sudo: ${missing[*]}" >&2
    echo "  hint: as root, run: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "Installing ${missing[*]}" >&2
"${as_root[@]}" apt-get update -qq >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
