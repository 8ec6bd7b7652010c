import { cutText, pack } from '../pack.ts'

/** Texts longer than this are compressed: it costs less than sending them. */
const COMPRESS_OVER = 16_000

/** What one request may hold, in bytes, below the 1 MiB of the smallest plans. */
export const REQUEST_BYTES = 800_000

/** How many bytes a packed text has in a request at most: JSON within JSON takes three a unit, base64 one. */
export function weightOf(packed: string): number {
  return packed.startsWith('z') ? packed.length : 3 * packed.length
}

/** A text as it is sent: packed, and in pieces if it is too long for one request. */
export async function cutForRequests(text: string): Promise<string[]> {
  const packed = await pack(text, COMPRESS_OVER)
  if (weightOf(packed) <= REQUEST_BYTES) return [packed]
  return cutText(packed, packed.startsWith('z') ? REQUEST_BYTES : Math.floor(REQUEST_BYTES / 3))
}

/** Under which name a piece stands beside what it belongs to. */
export function pieceName(owner: string, stamp: string, piece: number): string {
  return `${owner}\u0001${stamp}\u0001${piece}`
}

/** The same for the same text, so that writing it twice leaves nothing over, and never that of another. */
export async function stampOf(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return Array.from(bytes.subarray(0, 12), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
