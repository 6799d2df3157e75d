;; SPDX-License-Identifier: GPL-3.0-or-later
;; Calls through its table what is of another type.
(module
  (memory (export "memory") 1)
  (type $number (func (result i32)))
  (table 2 funcref)
  (elem (i32.const 0) $nothing)
  (func $nothing)
  (func (export "_start") (drop (call_indirect (type $number) (i32.const 0)))))
