;; What a machine reads from its memory: sixteen bytes at a time, four of them side by side, and next to nothing is done
;; with them. The bench builds it.
(module
  (memory (export "memory") 1)
  (func (export "read") (param $from i32) (param $to i32) (result i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (loop $next
      (local.set $a (v128.xor (local.get $a) (v128.load (local.get $from))))
      (local.set $b (v128.xor (local.get $b) (v128.load offset=16 (local.get $from))))
      (local.set $c (v128.xor (local.get $c) (v128.load offset=32 (local.get $from))))
      (local.set $d (v128.xor (local.get $d) (v128.load offset=48 (local.get $from))))
      (br_if $next (i32.lt_u
        (local.tee $from (i32.add (local.get $from) (i32.const 64)))
        (local.get $to))))
    (i32x4.extract_lane 0 (v128.xor
      (v128.xor (local.get $a) (local.get $b))
      (v128.xor (local.get $c) (local.get $d))))))
