/**
 * Dot products over rows of one memory, which addresses count through in bytes.
 *
 * **Contract:** a row has `stride` bytes, a multiple of {@link FLOATS_STEP} or {@link BYTES_STEP}, filled up with
 * zeros, and so has the query. For each of `count` rows (at least 1) one 32-bit float goes to `out`. `floats` may be
 * off by what sums of 32-bit floats are; `bytes` is exact as long as no sum of products leaves 32 bits, apart from
 * being told as a 32-bit float.
 */
export interface Kernel {
  /** All its memory. Another buffer after `grow`: never kept. */
  memory(): ArrayBuffer
  /** Makes the memory at least so long. What it holds stays. */
  grow(bytes: number): void
  /** Rows of 32-bit floats, and such a query. */
  floats(rows: number, count: number, stride: number, query: number, out: number): void
  /** Rows of 8-bit integers, and a query of 16-bit integers. */
  bytes(rows: number, count: number, stride: number, query: number, out: number): void
  /** The sum of the squares of a row of 8-bit integers. */
  square(row: number, stride: number): number
  /**
   * Which of `count` sums (at least 1) reach `least`: writes their places, growing, as 32-bit integers, and gives how
   * many they are. What is no number or -Infinity is among them. Up to three sums behind the last may be read, and one
   * place behind the last may be written.
   */
  pick(sums: number, count: number, least: number, out: number): number
}

/** What the lengths of rows must be multiples of, in bytes. */
export const FLOATS_STEP = 64
export const BYTES_STEP = 16
