;; The kernel of the vector index: dot products of one query with rows that lie one behind the other.
;;
;; Built by `node scripts/kernel.mjs` into durable-objects/kernel.wasm. Rows are read one after the other, each from its
;; beginning to its end, because that is what the machine's prefetcher follows: four rows at a time take twice as long.
;; Every row has `stride` bytes, a multiple of 64 (floats) or 16 (bytes); what fills a row up is 0. `count` is at least 1.
(module
  (memory (export "memory") 1)

  ;; f32 rows times an f32 query; four sums, so that none waits for the one before it.
  (func (export "floats") (param $rows i32) (param $count i32) (param $stride i32) (param $query i32) (param $out i32)
    (local $end i32) (local $at i32) (local $q i32) (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $end (i32.add (local.get $out) (i32.shl (local.get $count) (i32.const 2))))
    (local.set $at (local.get $rows))
    (loop $row
      (local.set $rows (i32.add (local.get $rows) (local.get $stride)))
      (local.set $q (local.get $query))
      (local.set $a (v128.const i64x2 0 0))
      (local.set $b (v128.const i64x2 0 0))
      (local.set $c (v128.const i64x2 0 0))
      (local.set $d (v128.const i64x2 0 0))
      (loop $next
        (local.set $a (f32x4.add (local.get $a)
          (f32x4.mul (v128.load (local.get $q)) (v128.load (local.get $at)))))
        (local.set $b (f32x4.add (local.get $b)
          (f32x4.mul (v128.load offset=16 (local.get $q)) (v128.load offset=16 (local.get $at)))))
        (local.set $c (f32x4.add (local.get $c)
          (f32x4.mul (v128.load offset=32 (local.get $q)) (v128.load offset=32 (local.get $at)))))
        (local.set $d (f32x4.add (local.get $d)
          (f32x4.mul (v128.load offset=48 (local.get $q)) (v128.load offset=48 (local.get $at)))))
        (local.set $q (i32.add (local.get $q) (i32.const 64)))
        (br_if $next (i32.lt_u
          (local.tee $at (i32.add (local.get $at) (i32.const 64)))
          (local.get $rows))))
      (local.set $a (f32x4.add
        (f32x4.add (local.get $a) (local.get $b))
        (f32x4.add (local.get $c) (local.get $d))))
      (f32.store (local.get $out) (f32.add
        (f32.add (f32x4.extract_lane 0 (local.get $a)) (f32x4.extract_lane 1 (local.get $a)))
        (f32.add (f32x4.extract_lane 2 (local.get $a)) (f32x4.extract_lane 3 (local.get $a)))))
      (br_if $row (i32.lt_u
        (local.tee $out (i32.add (local.get $out) (i32.const 4)))
        (local.get $end)))))

  ;; i8 rows times an i16 query, whose numbers are so small that no sum leaves 32 bits.
  (func (export "bytes") (param $rows i32) (param $count i32) (param $stride i32) (param $query i32) (param $out i32)
    (local $end i32) (local $at i32) (local $q i32) (local $a v128) (local $b v128)
    (local.set $end (i32.add (local.get $out) (i32.shl (local.get $count) (i32.const 2))))
    (local.set $at (local.get $rows))
    (loop $row
      (local.set $rows (i32.add (local.get $rows) (local.get $stride)))
      (local.set $q (local.get $query))
      (local.set $a (v128.const i64x2 0 0))
      (local.set $b (v128.const i64x2 0 0))
      (loop $next
        (local.set $a (i32x4.add (local.get $a)
          (i32x4.dot_i16x8_s (v128.load (local.get $q)) (v128.load8x8_s (local.get $at)))))
        (local.set $b (i32x4.add (local.get $b)
          (i32x4.dot_i16x8_s (v128.load offset=16 (local.get $q)) (v128.load8x8_s offset=8 (local.get $at)))))
        (local.set $q (i32.add (local.get $q) (i32.const 32)))
        (br_if $next (i32.lt_u
          (local.tee $at (i32.add (local.get $at) (i32.const 16)))
          (local.get $rows))))
      (local.set $a (i32x4.add (local.get $a) (local.get $b)))
      (f32.store (local.get $out) (f32.convert_i32_s (i32.add
        (i32.add (i32x4.extract_lane 0 (local.get $a)) (i32x4.extract_lane 1 (local.get $a)))
        (i32.add (i32x4.extract_lane 2 (local.get $a)) (i32x4.extract_lane 3 (local.get $a))))))
      (br_if $row (i32.lt_u
        (local.tee $out (i32.add (local.get $out) (i32.const 4)))
        (local.get $end))))))
