;; SPDX-License-Identifier: GPL-3.0-or-later
;; Never returns, calls nothing, touches no memory.
(module
  (memory (export "memory") 1)
  (func (export "_start") (loop $on (br $on))))
