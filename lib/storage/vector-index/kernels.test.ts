import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compile, kernels, wasmBytes, wasmModule } from '../../../test/fixtures/kernels.ts'
import { compileKernel } from '../../../scripts/kernel.mjs'
import { createWasmKernel } from './wasm-kernel.ts'

describe.each(kernels)('the kernel in %s', (_name, createKernel) => {
  it('multiplies rows of floats', () => {
    fc.assert(
      fc.property(anyRows(fc.float({ min: -8, max: 8, noNaN: true }), 16), ({ query, rows, width }) => {
        const kernel = createKernel()
        const [at, out] = [4 * width, 4 * width * (1 + rows.length)]
        kernel.grow(out + 4 * rows.length)
        const memory = kernel.memory()
        new Float32Array(memory, 0, width).set(query)
        new Float32Array(memory, at, width * rows.length).set(rows.flat())
        kernel.floats(at, rows.length, 4 * width, 0, out)
        const found = [...new Float32Array(memory, out, rows.length)]
        // 8 by 8, at most 64 times, each time with half of the last of 24 bits lost.
        expect(found).toEqual(rows.map((row) => expect.closeTo(dot(row, query), 2)))
      }),
    )
  })

  it('multiplies rows of bytes exactly', () => {
    fc.assert(
      fc.property(anyRows(fc.integer({ min: -128, max: 127 }), 16), ({ query, rows, width }) => {
        const kernel = createKernel()
        const [at, out] = [2 * width, 2 * width + width * rows.length]
        kernel.grow(out + 4 * rows.length)
        const memory = kernel.memory()
        new Int16Array(memory, 0, width).set(query.map((number) => 128 * number))
        new Int8Array(memory, at, width * rows.length).set(rows.flat())
        kernel.bytes(at, rows.length, width, 0, out)
        const exact = rows.map((row) => Math.fround(128 * dot(row, query)))
        expect([...new Float32Array(memory, out, rows.length)]).toEqual(exact)
      }),
    )
  })

  it('sums up the squares of a row of bytes', () => {
    fc.assert(
      fc.property(anyRows(fc.integer({ min: -128, max: 127 }), 16), ({ query, width }) => {
        const kernel = createKernel()
        kernel.grow(16 + width)
        new Int8Array(kernel.memory(), 16, width).set(query)
        expect(kernel.square(16, width)).toBe(dot(query, query))
      }),
    )
  })

  it('picks the sums that are large enough, and those that say nothing', () => {
    const anySum = fc.oneof(fc.float(), fc.constantFrom(NaN, -Infinity, 0, 1))
    fc.assert(
      fc.property(fc.array(anySum, { minLength: 1, maxLength: 40 }), anySum, (sums, least) => {
        const kernel = createKernel()
        kernel.grow(1000)
        new Float32Array(kernel.memory(), 0, sums.length).set(sums)
        const count = kernel.pick(0, sums.length, least, 400)
        const kept = sums.flatMap((sum, place) => (sum < least && sum !== -Infinity ? [] : [place]))
        expect([...new Int32Array(kernel.memory(), 400, count)]).toEqual(kept)
      }),
    )
  })

  it('keeps what it holds when it grows', () => {
    const kernel = createKernel()
    kernel.grow(100)
    new Uint8Array(kernel.memory()).set([1, 2, 3])
    kernel.grow(1_000_000)
    kernel.grow(10)
    expect(kernel.memory().byteLength).toBeGreaterThanOrEqual(1_000_000)
    expect([...new Uint8Array(kernel.memory(), 0, 4)]).toEqual([1, 2, 3, 0])
  })
})

describe('the module of the kernel', () => {
  it('is what its text gives', async () => {
    expect(wasmBytes().equals(await compileKernel())).toBe(true)
  })

  it('is refused if it is another', () => {
    const empty = compile(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))
    expect(() => createWasmKernel(empty)).toThrow('does not export what one needs')
    expect(() => createWasmKernel(wasmModule())).not.toThrow()
  })
})

/** Rows and a query of one width, a multiple of the step. */
function anyRows(number: fc.Arbitrary<number>, step: number) {
  return fc.integer({ min: 1, max: 4 }).chain((steps) => {
    const width = steps * step
    const row = fc.array(number, { minLength: width, maxLength: width })
    return fc.record({
      width: fc.constant(width),
      query: row,
      rows: fc.array(row, { minLength: 1, maxLength: 7 }),
    })
  })
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, number, at) => sum + number * (b[at] ?? 0), 0)
}
