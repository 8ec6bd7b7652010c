import type { Kernel } from './kernel.ts'

/** The kernel in plain JavaScript, for where the other one was not handed in. */
export function createJsKernel(): Kernel {
  let memory = new ArrayBuffer(0)
  return {
    memory: () => memory,
    grow: (size) => {
      if (size > memory.byteLength) memory = memory.transfer(size)
    },
    floats: (rows, count, stride, query, out) => {
      const all = new Float32Array(memory, rows, (count * stride) / 4)
      multiply(all, new Float32Array(memory, query, stride / 4), new Float32Array(memory, out, count))
    },
    bytes: (rows, count, stride, query, out) => {
      const all = new Int8Array(memory, rows, count * stride)
      multiply(all, new Int16Array(memory, query, stride), new Float32Array(memory, out, count))
    },
    square: (row, stride) => {
      let sum = 0
      for (const number of new Int8Array(memory, row, stride)) sum += number * number
      return sum
    },
    pick: (sums, count, least, out) =>
      pickFrom(new Float32Array(memory, sums, count), Math.fround(least), new Int32Array(memory, out, count)),
  }
}

function pickFrom(sums: Float32Array, least: number, places: Int32Array): number {
  let found = 0
  for (let place = 0; place < sums.length; place += 1) {
    const sum = sums[place] ?? 0
    if (sum < least && sum !== -Infinity) continue
    places[found] = place
    found += 1
  }
  return found
}

type Numbers = Float32Array | Int8Array | Int16Array

function multiply(rows: Numbers, query: Numbers, out: Float32Array): void {
  const width = query.length
  for (let row = 0; row < out.length; row += 1) {
    const from = row * width
    // Two sums: neither waits for the other.
    let [a, b] = [0, 0]
    for (let at = 0; at < width; at += 2) {
      a += (query[at] ?? 0) * (rows[from + at] ?? 0)
      b += (query[at + 1] ?? 0) * (rows[from + at + 1] ?? 0)
    }
    out[row] = a + b
  }
}
