import { isRecord } from '../../protocol/json.ts'
import type { FilePart, ProviderMetadata } from '../../protocol/message.ts'
import { defined } from './defined.ts'
import type { Place } from './loss.ts'
import { invalidAt, lose } from './loss.ts'

interface FileFields {
  mediaType?: string | undefined
  /** What it is taken to be if nothing says so. */
  fallback?: string
  filename?: string | undefined
  providerMetadata?: ProviderMetadata | undefined
}

/**
 * A file from what formats have for its content: base64, a data URL, a link, bytes, or one of those with a tag.
 * Undefined, and noted as lost, if it is only a name that some provider knows.
 */
export function readFile(
  source: unknown,
  { mediaType, fallback, filename, providerMetadata }: FileFields,
  place: Place,
): FilePart | undefined {
  const tagged = isRecord(source) && !(source instanceof URL) ? fromTagged(source, place) : source
  if (tagged === undefined) return undefined
  const text = tagged instanceof URL ? tagged.href : fromBytes(tagged)
  if (typeof text !== 'string') throw invalidAt(place, 'must be base64 or a URL')
  const inline = readDataUrl(text)
  const named = mediaType ?? inline?.mediaType ?? fallback
  if (!named) throw invalidAt(place, 'must have a media type')
  const content = inline ? { data: inline.data } : readSource(text)
  if (!content) throw invalidAt(place, 'must be base64, an http(s) URL or a data URL')
  return { type: 'file', mediaType: named, ...content, ...defined({ filename, providerMetadata }) }
}

/** The content as one text: a link or a data URL. */
export function toUrl({ url, data = '', mediaType }: FilePart): string {
  return url ?? `data:${mediaType};base64,${data}`
}

export function encodeText(text: string): string {
  return toBase64(new TextEncoder().encode(text))
}

/** The text that base64 holds; undefined if it is none. */
export function decodeText(base64: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function fromTagged(source: Record<string, unknown>, place: Place): unknown {
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) return source
  const bytes = fromJsonBytes(source)
  if (bytes) return bytes
  switch (source['type']) {
    case 'data':
      return source['data']
    case 'url':
      return source['url']
    case 'text':
      return typeof source['text'] === 'string' ? encodeText(source['text']) : undefined
    default:
      lose(place, 'a file that only its provider knows', 'a file of ours is its content or a link')
      return undefined
  }
}

/** Bytes that went through JSON: `{ "0": 137, "1": 80 }`, or a Buffer of Node. */
function fromJsonBytes(source: Record<string, unknown>): Uint8Array | undefined {
  const values =
    source['type'] === 'Buffer' ? source['data'] : '0' in source ? Object.values(source) : undefined
  return Array.isArray(values) && values.every(isByte) ? Uint8Array.from(values) : undefined
}

function isByte(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 255
}

function fromBytes(value: unknown): unknown {
  if (value instanceof ArrayBuffer) return toBase64(new Uint8Array(value))
  return value instanceof Uint8Array ? toBase64(value) : value
}

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

function readDataUrl(text: string): { mediaType: string; data: string } | undefined {
  const [whole, type = '', content = ''] = /^data:([^,]*),(.*)$/s.exec(text) ?? []
  if (whole === undefined) return undefined
  if (type.endsWith(';base64')) {
    const data = content
    return isBase64(data) ? { mediaType: type.slice(0, -';base64'.length), data } : undefined
  }
  try {
    return { mediaType: type || 'text/plain', data: encodeText(decodeURIComponent(content)) }
  } catch {
    return undefined
  }
}

function readSource(text: string): { url: string } | { data: string } | undefined {
  if (/^https?:\/\//.test(text)) return URL.canParse(text) ? { url: text } : undefined
  return isBase64(text) ? { data: text } : undefined
}

function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text)
}
