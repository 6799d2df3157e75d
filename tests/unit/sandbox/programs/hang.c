// SPDX-License-Identifier: GPL-3.0-or-later
// Stands for a QEMU whose KVM hangs.
#include <unistd.h>

int main(void) {
  for (;;) pause();
}
