;; SPDX-License-Identifier: GPL-3.0-or-later
;; Takes memory, and writes to it, until there is none, then gives up by a trap.
(module
  (memory (export "memory") 1)
  (func (export "_start") (local i32)
    (loop $more
      (local.set 0 (memory.grow (i32.const 256)))
      (if (i32.eq (local.get 0) (i32.const -1)) (then unreachable))
      (i32.store (i32.shl (local.get 0) (i32.const 16)) (i32.const 1))
      (br $more))))
