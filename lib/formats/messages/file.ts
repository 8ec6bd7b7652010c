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
  const content = readContent(source)
  if (content === 'reference') {
    lose(place, 'a file that only its provider knows', 'a file of ours is its content or a link')
    return undefined
  }
  if (!content) throw invalidAt(place, 'must be base64, an http(s) URL or a data URL')
  const { inlineType, ...where } = content
  const named = mediaType ?? (inlineType || fallback)
  if (!named) throw invalidAt(place, 'must have a media type')
  return { type: 'file', mediaType: named, ...where, ...defined({ filename, providerMetadata }) }
}

/** A file's content or its link, with the media type if a data URL said one. */
export type Content = ({ data: string } | { url: string }) & { inlineType?: string }

/** Undefined if it is no content; `reference` if it only names a file that its provider holds. */
export function readContent(source: unknown): Content | 'reference' | undefined {
  const tagged = isRecord(source) && !(source instanceof URL) ? fromTagged(source) : source
  if (tagged === 'reference') return tagged
  const text = tagged instanceof URL ? tagged.href : fromBytes(tagged)
  if (typeof text !== 'string') return undefined
  return text.startsWith('data:') ? readDataUrl(text) : readSource(text)
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

function fromTagged(source: Record<string, unknown>): unknown {
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) return source
  const { type, data, url, text } = source
  if (type === 'Buffer' || '0' in source)
    return fromJsonBytes(type === 'Buffer' ? data : Object.values(source))
  if (type === 'data') return data
  if (type === 'url') return url
  if (type === 'text') return typeof text === 'string' ? encodeText(text) : undefined
  return 'reference'
}

/** Bytes that went through JSON: `{ "0": 137, "1": 80 }`, or a Buffer of Node. */
function fromJsonBytes(values: unknown): Uint8Array | undefined {
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

function readDataUrl(text: string): Content | undefined {
  const [whole, type = '', content = ''] = /^data:([^,]*),(.*)$/s.exec(text) ?? []
  if (whole === undefined) return undefined
  if (type.endsWith(';base64')) {
    const inlineType = type.slice(0, -';base64'.length)
    return isBase64(content) ? { data: content, inlineType } : undefined
  }
  try {
    return { data: encodeText(decodeURIComponent(content)), inlineType: type || 'text/plain' }
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
