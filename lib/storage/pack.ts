/**
 * How a long text is kept where space or a limit counts: as it is, or compressed when that was asked for and is
 * worth it. The first character tells which: JSON never begins with it.
 */
const COMPRESSED = 'z'

/** The text, or its gzip as base64 behind a mark, if it is longer than `over` and that makes it shorter. */
export async function pack(text: string, over: number): Promise<string> {
  if (text.length <= over) return text
  const bytes = await through(encode(text), new CompressionStream('gzip'))
  const packed = COMPRESSED + toBase64(bytes)
  return packed.length < text.length ? packed : text
}

/** What {@link pack} was given. */
export async function unpack(packed: string): Promise<string> {
  if (!packed.startsWith(COMPRESSED)) return packed
  const bytes = Uint8Array.from(atob(packed.slice(1)), (letter) => letter.charCodeAt(0))
  return new TextDecoder().decode(await through(bytes, new DecompressionStream('gzip')))
}

/** Cuts a text into pieces of at most `length` units, never between the halves of a surrogate pair. */
export function cutText(text: string, length: number): string[] {
  const pieces: string[] = []
  for (let from = 0; from < text.length;) {
    let to = Math.min(from + length, text.length)
    const last = text.charCodeAt(to - 1)
    if (to < text.length && to - from > 1 && last >= 0xd800 && last <= 0xdbff) to -= 1
    pieces.push(text.slice(from, to))
    from = to
  }
  return pieces
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  transform: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(transform)).arrayBuffer())
}

/** Copied, since the encoder's own buffer may be of any kind. */
function encode(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(new TextEncoder().encode(text))
}

function toBase64(bytes: Uint8Array): string {
  const CHUNK = 0x8000
  let binary = ''
  for (let from = 0; from < bytes.length; from += CHUNK)
    binary += String.fromCharCode(...bytes.subarray(from, from + CHUNK))
  return btoa(binary)
}
