import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  SharedV4Warning,
} from '@ai-sdk/provider'
import { hash } from './hash.ts'
import { respond } from './respond.ts'
import type { Response } from './respond.ts'
import { paced } from './pace.ts'

export interface OfflineModelOptions {
  /** Milliseconds between two deltas of a stream, so that a demo looks alive. Default 0: no wait. */
  readonly delayMs?: number
}

/**
 * A model with no network, no key and no randomness: it picks tools by the words of the request, fills their
 * arguments from text and schema, chains them and writes an answer from their results. It understands
 * nothing; it says what it is when asked, and when no tool fits. The same prompt gives the same answer.
 *
 * An abort rejects `doGenerate` and errors the stream of `doStream` with the signal's reason.
 */
export function createOfflineModel({ delayMs = 0 }: OfflineModelOptions = {}): LanguageModelV4 {
  return {
    specificationVersion: 'v4',
    provider: 'offline',
    modelId: 'offline',
    supportedUrls: {},
    doGenerate: async (options) => generate(options),
    doStream: async (options) => ({ stream: paced(partsOf(options), delayMs, options.abortSignal) }),
  }
}

function generate(options: LanguageModelV4CallOptions): LanguageModelV4GenerateResult {
  options.abortSignal?.throwIfAborted()
  const response = respond(options)
  const content: LanguageModelV4Content[] =
    response.type === 'text'
      ? [{ type: 'text', text: response.text }]
      : response.calls.map(({ id, toolName, input }) => ({
          type: 'tool-call',
          toolCallId: id,
          toolName,
          input: JSON.stringify(input),
        }))
  return {
    content,
    ...endOf(options, response),
    response: metadataOf(options),
    warnings: warningsOf(options),
  }
}

/** A long answer comes in larger pieces, so that nobody waits for one word at a time. */
const MAX_DELTAS = 250

function* partsOf(options: LanguageModelV4CallOptions): Generator<LanguageModelV4StreamPart> {
  yield { type: 'stream-start', warnings: warningsOf(options) }
  yield { type: 'response-metadata', ...metadataOf(options) }
  const response = respond(options)
  if (response.type === 'text') {
    yield { type: 'text-start', id: 'text-1' }
    const words = response.text.match(/\s*\S+\s*$|\s*\S+/g) ?? []
    const size = Math.ceil(words.length / MAX_DELTAS)
    for (let at = 0; at < words.length; at += size)
      yield { type: 'text-delta', id: 'text-1', delta: words.slice(at, at + size).join('') }
    yield { type: 'text-end', id: 'text-1' }
  } else {
    for (const { id, toolName, input } of response.calls) {
      const json = JSON.stringify(input)
      yield { type: 'tool-input-start', id, toolName }
      const size = Math.max(8, Math.ceil(json.length / 4))
      for (let at = 0; at < json.length; at += size) {
        yield { type: 'tool-input-delta', id, delta: json.slice(at, at + size) }
      }
      yield { type: 'tool-input-end', id }
      yield { type: 'tool-call', toolCallId: id, toolName, input: json }
    }
  }
  yield { type: 'finish', ...endOf(options, response) }
}

function endOf(options: LanguageModelV4CallOptions, response: Response) {
  const reason = response.type === 'text' ? 'stop' : 'tool-calls'
  const input = tokensIn(options.prompt) + (options.tools ? tokensIn(options.tools) : 0)
  const output = tokensIn(response.type === 'text' ? response.text : response.calls)
  return {
    finishReason: { unified: reason, raw: reason },
    usage: {
      inputTokens: { total: input, noCache: input, cacheRead: undefined, cacheWrite: undefined },
      outputTokens: { total: output, text: output, reasoning: undefined },
    },
  } as const
}

/** An estimate: four characters a token. */
const tokensIn = (value: unknown): number =>
  Math.ceil((typeof value === 'string' ? value : jsonOf(value)).length / 4)

/** JSON of a prompt; the bytes of a file, which would be spelled out one by one, only by their number. */
const jsonOf = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner instanceof Uint8Array ? `${inner.length} bytes` : inner,
  )

const metadataOf = ({ prompt }: LanguageModelV4CallOptions) => ({
  id: `offline-${hash(jsonOf(prompt)).toString(36)}`,
  modelId: 'offline',
})

const warningsOf = ({ tools = [] }: LanguageModelV4CallOptions): SharedV4Warning[] =>
  tools
    .filter((tool) => tool.type === 'provider')
    .map(({ id }) => ({ type: 'unsupported', feature: `provider tool ${id}` }))
