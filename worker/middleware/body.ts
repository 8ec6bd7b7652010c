import { EdgewiseError } from '../../lib/protocol/error.ts'

/** Transcripts with pictures come whole from some clients. */
const MAX_BYTES = 8 * 1024 * 1024
const MAX_DEPTH = 64

/**
 * The request's body as text, never more of it than the limit.
 *
 * @throws EdgewiseError `payload_too_large`, `unsupported_media_type`, or `invalid_request` for bad UTF-8.
 */
export async function readBody(request: Request): Promise<string> {
  const type = request.headers.get('content-type')
  if (type !== null && !/^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(type)) {
    throw new EdgewiseError(
      'unsupported_media_type',
      `Send the body with the header content-type: application/json, not ${type.slice(0, 100)}`,
    )
  }
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BYTES) throw tooLarge()
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
  let text = ''
  let length = 0
  const reader = request.body?.getReader()
  try {
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true }
      if (done) return text + decoder.decode()
      length += value.length
      if (length > MAX_BYTES) throw tooLarge()
      text += decoder.decode(value, { stream: true })
    }
  } catch (error) {
    if (error instanceof EdgewiseError) throw error
    throw new EdgewiseError('invalid_request', 'The body is not UTF-8, or it was cut off', { cause: error })
  } finally {
    await reader?.cancel().catch(() => undefined)
  }
}

/** @throws EdgewiseError `invalid_request` if it is not JSON or nested too deep. */
export function parseBody(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new EdgewiseError(
      'invalid_request',
      text === '' ? 'The body is empty, it must be JSON' : 'The body is not JSON',
    )
  }
  checkDepth(value)
  return value
}

/** Level by level rather than by recursion: the depth is what is not trusted here. */
function checkDepth(value: unknown): void {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH)
      throw new EdgewiseError('invalid_request', `The body is nested deeper than ${MAX_DEPTH} levels`)
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []))
  }
}

function tooLarge(): EdgewiseError {
  return new EdgewiseError('payload_too_large', `The body is larger than ${MAX_BYTES / 1024 / 1024} MiB`)
}
