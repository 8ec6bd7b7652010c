/** Server-sent events as text, both ways: https://html.spec.whatwg.org/multipage/server-sent-events.html */

/** `data` must hold no line break, which JSON never does. */
export function sseFrame(data: string, id?: string): string {
  return id === undefined ? `data: ${data}\n\n` : `id: ${id}\ndata: ${data}\n\n`
}

/** A comment: it keeps a connection alive and no client shows it. */
export const SSE_KEEP_ALIVE = ': keep-alive\n\n'

export interface SseMessage {
  data: string
  id?: string
}

/** The frames of a byte stream; comments and events without data are passed over. Cancels the stream when left or aborted. */
export async function* parseSse(
  body: ReadableStream<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<SseMessage> {
  const decoder = new TextDecoder()
  const reader = body.getReader()
  let rest = ''
  // A read that waits is settled by cancelling.
  const stop = (): void => void reader.cancel().catch(() => undefined)
  signal?.addEventListener('abort', stop, { once: true })
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done || signal?.aborted) return
      const blocks = (rest + decoder.decode(value, { stream: true })).replaceAll('\r\n', '\n').split('\n\n')
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const message = parseBlock(block)
        if (message) yield message
      }
    }
  } finally {
    signal?.removeEventListener('abort', stop)
    await reader.cancel().catch(() => undefined)
  }
}

function parseBlock(block: string): SseMessage | undefined {
  const data: string[] = []
  let id: string | undefined
  for (const line of block.split('\n')) {
    const value = line.slice(line.indexOf(':') + 1).replace(/^ /, '')
    if (line.startsWith('data:')) data.push(value)
    if (line.startsWith('id:')) id = value
  }
  if (data.length === 0) return undefined
  return id === undefined ? { data: data.join('\n') } : { data: data.join('\n'), id }
}
