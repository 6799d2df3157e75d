#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Packs the hmmsearch of this machine and copies profiles and sequences of Debian's hmmer-examples into the bundle beside this script
# (Debian: apt-get install hmmer hmmer-examples). `hearth` must be in PATH.
set -eu
cd "$(dirname "$0")"
examples=/usr/share/doc/hmmer/examples
[ -d "$examples/tutorial" ] || { echo "prepare.sh: install the data first: apt-get install hmmer hmmer-examples" >&2; exit 1; }

# copy FILE TO: whether Debian compressed it or not
copy() {
  if [ -f "$examples/$1.gz" ]; then gzip -dc "$examples/$1.gz" >"$2"; else cp "$examples/$1" "$2"; fi
}

rm -rf profiles sequences
mkdir profiles sequences
for name in globins4 fn3 Pkinase; do copy "tutorial/$name.hmm" "profiles/$name.hmm"; done
for name in 2OG-FeII_Oxy_3 Caudal_act LuxC Patched RRM_1 SMC_N XYPPX; do copy "testsuite/$name.hmm" "profiles/$name.hmm"; done
for name in globins45.fa 7LESS_DROME HBB_HUMAN Pkinase.sto fn3.sto; do copy "tutorial/$name" "sequences/$name"; done
for name in PAX8_HUMAN Caudal_act.sto LuxC.sto Patched.sto RRM_1.sto SMC_N.sto; do copy "testsuite/$name" "sequences/$name"; done
hearth pack /usr/bin/hmmsearch --name hmmer --version "$(dpkg-query -W -f='${Version}' hmmer)" --output package
