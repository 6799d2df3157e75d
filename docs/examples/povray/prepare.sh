#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Packs the POV-Ray of this machine with its include files and copies a scene of Debian's povray-examples into the bundle beside this
# script (Debian: apt-get install povray povray-includes povray-examples). `hearth` must be in PATH.
set -eu
cd "$(dirname "$0")"
scene=/usr/share/doc/povray/examples/animations/splinefollow/splinefollow.pov
if [ -f "$scene.gz" ]; then
  gzip -dc "$scene.gz" >splinefollow.pov
elif [ -f "$scene" ]; then
  cp "$scene" .
else
  echo "prepare.sh: install the scene first: apt-get install povray povray-includes povray-examples" >&2
  exit 1
fi
# povray.conf is the renderer's own list of folders that a scene may read and write; it asks for it at start.
hearth pack /usr/bin/povray --version "$(dpkg-query -W -f='${Version}' povray)" --output package \
  --file /etc/povray/3.7/povray.conf --file /usr/share/povray-3.7/include
