// Server-sent events from a response's body, as the specification reads them.

/** @typedef {{ data: string, id?: string, event?: string }} SseEvent */

/**
 * @param {AsyncIterable<Uint8Array>} body
 * @returns {AsyncGenerator<SseEvent>}
 */
export async function* readSse(body) {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of body) {
    rest += decoder.decode(bytes, { stream: true })
    // A CR at the very end may be half of a CRLF: it waits for the next chunk.
    const lines = rest.replace(/\r\n|\r(?!$)/g, '\n').split('\n\n')
    rest = lines.pop() ?? ''
    for (const block of lines) {
      const event = readBlock(block)
      if (event) yield event
    }
  }
}

/** @param {string} block @returns {SseEvent | undefined} */
function readBlock(block) {
  /** @type {string[]} */
  const data = []
  /** @type {Omit<SseEvent, 'data'>} */
  const fields = {}
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^(data|id|event)(?:: ?(.*))?$/.exec(line) ?? []
    if (name === 'data') data.push(value)
    else if (name === 'id' || name === 'event') fields[name] = value
  }
  return data.length > 0 ? { ...fields, data: data.join('\n') } : undefined
}
