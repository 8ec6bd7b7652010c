import wabt from 'wabt'
import { compile } from '../../test/fixtures/kernels.ts'
import { percentile } from '../run/stats.ts'

const ROUNDS = 40
const PAGE = 65_536

/** Reads sixteen bytes at a time, four of them side by side, and does next to nothing with them. */
const READ = `(module
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
      (v128.xor (local.get $c) (local.get $d))))))`

/** What one core reads from a stretch of memory of this length, again and again, in GB/s: p50. */
export async function measureMemory(bytes: number): Promise<number> {
  const module = (await wabt()).parseWat('read.wat', READ, { simd: true })
  const instance = new WebAssembly.Instance(compile(module.toBinary({}).buffer))
  const { memory, read } = instance.exports
  if (!(memory instanceof WebAssembly.Memory) || typeof read !== 'function')
    throw new TypeError('Cannot measure the memory: the module is another')
  memory.grow(Math.ceil(bytes / PAGE))
  // Pages that were never written are all the same one.
  new Uint8Array(memory.buffer).fill(1)
  const rates = Array.from({ length: ROUNDS }, () => {
    const began = performance.now()
    Reflect.apply(read, undefined, [0, bytes])
    return bytes / (performance.now() - began) / 1e6
  })
  return percentile(rates, 0.5)
}
