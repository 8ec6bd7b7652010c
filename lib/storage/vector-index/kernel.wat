;; The kernel of the vector index: dot products of one query with rows that lie one behind the other, which of them are
;; large enough to be looked at, and what a closer look at one of them needs.
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
        (local.get $end)))))

  ;; The sum of the squares of an i8 row.
  (func (export "square") (param $row i32) (param $stride i32) (result i32)
    (local $end i32) (local $next v128) (local $a v128)
    (local.set $end (i32.add (local.get $row) (local.get $stride)))
    (loop $more
      (local.set $next (v128.load8x8_s (local.get $row)))
      (local.set $a (i32x4.add (local.get $a) (i32x4.dot_i16x8_s (local.get $next) (local.get $next))))
      (br_if $more (i32.lt_u
        (local.tee $row (i32.add (local.get $row) (i32.const 8)))
        (local.get $end))))
    (i32.add
      (i32.add (i32x4.extract_lane 0 (local.get $a)) (i32x4.extract_lane 1 (local.get $a)))
      (i32.add (i32x4.extract_lane 2 (local.get $a)) (i32x4.extract_lane 3 (local.get $a)))))

  ;; The places of the sums that are not less than `least`, or are -infinity; gives how many. Four are looked at together,
  ;; so up to three behind the last are read, and passed over.
  (func (export "pick") (param $sums i32) (param $count i32) (param $least f32) (param $out i32) (result i32)
    (local $place i32) (local $to i32) (local $four v128) (local $less v128) (local $lane i32)
    (local.set $to (local.get $out))
    (loop $next
      (local.set $four (v128.load (i32.add (local.get $sums) (i32.shl (local.get $place) (i32.const 2)))))
      (local.set $less (v128.andnot
        (f32x4.lt (local.get $four) (f32x4.splat (local.get $least)))
        (f32x4.eq (local.get $four) (f32x4.splat (f32.const -inf)))))
      (if (i32.eqz (i32x4.all_true (local.get $less))) (then
        ;; Each place is written; the next one goes over it unless it is to be kept.
        (local.set $lane (i32.const 0))
        (loop $each
          (i32.store (local.get $to) (i32.add (local.get $place) (local.get $lane)))
          (local.set $to (i32.add (local.get $to) (i32.shl
            (i32.and
              (i32.lt_u (i32.add (local.get $place) (local.get $lane)) (local.get $count))
              (i32.eqz (i32.and (i32.const 1)
                (i32.shr_u (i32x4.bitmask (local.get $less)) (local.get $lane)))))
            (i32.const 2))))
          (br_if $each (i32.lt_u
            (local.tee $lane (i32.add (local.get $lane) (i32.const 1)))
            (i32.const 4))))))
      (br_if $next (i32.lt_u
        (local.tee $place (i32.add (local.get $place) (i32.const 4)))
        (local.get $count))))
    (i32.shr_u (i32.sub (local.get $to) (local.get $out)) (i32.const 2))))
