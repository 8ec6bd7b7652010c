import type { FilePart } from '../../protocol/message.ts'
import { readContent } from '../messages/file.ts'
import type { ReadPartResult } from './read-part.ts'
import { fail, readProvider, textOf } from './read-part.ts'

/** A file or an image, under any of the names that the dialects have for it. */
export function readFile(part: Record<string, unknown>, field: string): ReadPartResult {
  const key = ['data', 'url', 'image'].find((name) => part[name] !== undefined) ?? 'data'
  const content = readContent(part[key])
  if (!content || content === 'reference')
    return fail(`${field}.${key}`, 'must be base64, an http(s) URL or a data URL')
  const { inlineType, ...where } = content
  const named = textOf(part['mediaType']) ?? textOf(part['mimeType'])
  const mediaType = named ?? (inlineType || (part['type'] === 'image' ? 'image/*' : undefined))
  if (mediaType === undefined) return fail(`${field}.mediaType`, 'must be a media type')
  const filename = textOf(part['filename'])
  const file: FilePart = {
    type: 'file',
    mediaType,
    ...where,
    ...(filename !== undefined && { filename }),
    ...readProvider(part),
  }
  return { part: file }
}
