;; SPDX-License-Identifier: GPL-3.0-or-later
;; Calls itself without end.
(module
  (memory (export "memory") 1)
  (func $again (param i32) (result i32)
    (i32.add (call $again (i32.add (local.get 0) (i32.const 1))) (i32.load (local.get 0))))
  (func (export "_start") (drop (call $again (i32.const 0)))))
