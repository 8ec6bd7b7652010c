import type { FilePart } from '../../protocol/message.ts'
import type { ReadPartResult } from './read-part.ts'
import { fail, readProvider, textOf } from './read-part.ts'

/** A file or an image: base64, a data URL or a link, under any of the names that the dialects have for it. */
export function readFile(part: Record<string, unknown>, field: string): ReadPartResult {
  const key = ['data', 'url', 'image'].find((name) => part[name] !== undefined) ?? 'data'
  const source = textOf(part[key])
  if (source === undefined) return fail(`${field}.${key}`, 'must be base64 or a URL')
  const inline = /^data:([^;,]*)[^,]*;base64,(.*)$/s.exec(source)
  const named = textOf(part['mediaType']) ?? textOf(part['mimeType'])
  const mediaType = named ?? (inline?.[1] || (part['type'] === 'image' ? 'image/*' : undefined))
  if (mediaType === undefined) return fail(`${field}.mediaType`, 'must be a media type')
  const content = readSource(inline?.[2] ?? source)
  if (!content) return fail(`${field}.${key}`, 'must be base64, an http(s) URL or a base64 data URL')
  const filename = textOf(part['filename'])
  const file: FilePart = {
    type: 'file',
    mediaType,
    ...content,
    ...(filename !== undefined && { filename }),
    ...readProvider(part),
  }
  return { part: file }
}

function readSource(source: string): { url: string } | { data: string } | undefined {
  if (/^https?:\/\//.test(source)) return URL.canParse(source) ? { url: source } : undefined
  return /^[A-Za-z0-9+/]*={0,2}$/.test(source) ? { data: source } : undefined
}
