import type { RecordedRequest } from '../../test/fixtures/openai/index.ts'
import { lastUserText, startOpenAIServer, words } from '../../test/fixtures/openai/index.ts'

/**
 * A model that asks for the tool `add` first and then answers `say N words`. In this process, so not where CPU is
 * counted.
 */
export async function startScriptedModel(): Promise<{ url: string; stop(): Promise<void> }> {
  const server = await startOpenAIServer({ record: false })
  let calls = 0
  server.route((request) => {
    if (!isAnswered(request)) {
      calls += 1
      // Of one length, so that bytes can be compared.
      const id = `call_${String(calls).padStart(6, '0')}`
      return { type: 'reply', toolCalls: [{ id, name: 'add', input: { a: 19, b: 23 } }] }
    }
    const count = Number(/say (\d+) words/.exec(lastUserText(request))?.[1] ?? 1)
    return { type: 'reply', text: words(count) }
  })
  return { url: server.url, stop: () => server.close() }
}

function isAnswered({ body }: RecordedRequest): boolean {
  const last = Array.isArray(body.messages) ? body.messages.at(-1) : undefined
  return typeof last === 'object' && last !== null && 'role' in last && last.role === 'tool'
}
