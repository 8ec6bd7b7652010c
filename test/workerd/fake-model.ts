import type { LanguageModelV4, LanguageModelV4Prompt, LanguageModelV4StreamPart } from '@ai-sdk/provider'

export type Say = { text: string } | { calls: { id: string; name: string; input: object }[] }

/** A model whose answer depends on the prompt alone, so that a step that is run again says the same. */
export function fakeModel(answer: (prompt: LanguageModelV4Prompt) => Say): LanguageModelV4 {
  return {
    specificationVersion: 'v4',
    provider: 'fake',
    modelId: 'fake-1',
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error('the kit streams')),
    doStream: async ({ prompt }) => ({ stream: toStream(toParts(answer(prompt))) }),
  }
}

function toStream<Part>(parts: Iterable<Part>): ReadableStream<Part> {
  return new ReadableStream({
    start: (controller) => {
      for (const part of parts) controller.enqueue(part)
      controller.close()
    },
  })
}

function* toParts(say: Say): Generator<LanguageModelV4StreamPart> {
  yield { type: 'stream-start', warnings: [] }
  if ('text' in say) {
    yield { type: 'text-start', id: 't' }
    for (const word of say.text.split(/(?<= )/)) yield { type: 'text-delta', id: 't', delta: word }
    yield { type: 'text-end', id: 't' }
  } else {
    for (const { id, name, input } of say.calls) {
      yield { type: 'tool-call', toolCallId: id, toolName: name, input: JSON.stringify(input) }
    }
  }
  yield {
    type: 'finish',
    finishReason:
      'text' in say ? { unified: 'stop', raw: 'stop' } : { unified: 'tool-calls', raw: 'tool_calls' },
    usage: {
      inputTokens: { total: 10, noCache: 10, cacheRead: undefined, cacheWrite: undefined },
      outputTokens: { total: 5, text: 5, reasoning: undefined },
    },
  }
}
