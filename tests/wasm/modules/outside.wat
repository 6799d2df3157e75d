;; SPDX-License-Identifier: GPL-3.0-or-later
;; Reads behind the end of its memory.
(module
  (memory (export "memory") 1)
  (func (export "_start") (drop (i32.load offset=0x7ffffffc (i32.const 0x7fffffff)))))
