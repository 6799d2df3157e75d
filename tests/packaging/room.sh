#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# room.sh GROUP BASE LAYER ROOT GIVEN COMMAND…: runs COMMAND as process 1 of a machine of its own: namespaces of every kind but for users, and a root that
# is BASE with what is written going to LAYER. GIVEN is a folder that it finds at /run/given. For machine.py.
set -euo pipefail
group=$1 base=$2 layer=$3 root=$4 given=$5
shift 5

if [[ -n "$group" ]]; then
  echo $$ >"$group/cgroup.procs"
  exec unshare --mount --pid --uts --ipc --net --cgroup --fork --kill-child "$0" "" "$base" "$layer" "$root" "$given" "$@"
fi

mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$base,upperdir=$layer/upper,workdir=$layer/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
  mknod -m 666 "$root/dev/$device" c "0x$(stat -c %t "/dev/$device")" "0x$(stat -c %T "/dev/$device")"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mount -t tmpfs tmpfs "$root/dev/shm"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=700 tmpfs "$root/root"
mkdir "$root/run/given" "$root/run/old"
mount --bind "$given" "$root/run/given"
hostname room
cd "$root"
# Not chroot: the kernel lets nobody in a changed root make a user namespace.
pivot_root . run/old
umount -l /run/old
rmdir /run/old
exec env -i container=hearth-test HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@" </dev/null
