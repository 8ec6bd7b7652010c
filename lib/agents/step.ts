import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FinishReason,
  LanguageModelV4FunctionTool,
  LanguageModelV4Prompt,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider'
import { EdgewiseError } from '../protocol/error.ts'
import type { CacheEvent, StepEnd, TurnEvent } from '../protocol/event.ts'
import type { Model } from '../models/model.ts'
import { modelLabel } from '../models/model.ts'
import type { ModelCache } from '../models/model-cache.ts'
import { openCached } from '../models/model-cache.ts'
import { ModelStreamError, RETRY_AFTER_LIMIT_MS, backoffMs, readModelError } from '../models/retry.ts'
import { toUsage } from '../models/usage.ts'
import { orAborted } from '../streams/wait.ts'
import type { Wait } from '../streams/wait.ts'
import type { OpenSpan, Telemetry } from '../telemetry/span.ts'
import { noteCache, openSpan } from '../telemetry/span.ts'
import type { OutputStream } from '../processors/output-stream.ts'
import { TripWire } from '../processors/tripwire.ts'
import { createModelReader } from './model-events.ts'
import type { Timeouts, Watch } from './timeout.ts'
import { watchStep } from './timeout.ts'

/** Settings that are handed to the model as they are. */
export type ModelSettings = Pick<
  LanguageModelV4CallOptions,
  | 'maxOutputTokens'
  | 'temperature'
  | 'topP'
  | 'topK'
  | 'presencePenalty'
  | 'frequencyPenalty'
  | 'stopSequences'
  | 'seed'
  | 'reasoning'
  | 'toolChoice'
  | 'headers'
  | 'providerOptions'
>

export interface StepInput {
  /** The number of the step in its turn, from 0. */
  step: number
  model: Model
  prompt: LanguageModelV4Prompt
  tools: LanguageModelV4FunctionTool[]
  settings: ModelSettings
  /** What is made of the model's words before they are said. */
  output?: StepOutput | undefined
  /** What the answer is to look like, if not text. */
  responseFormat?: NonNullable<LanguageModelV4CallOptions['responseFormat']>
  /** How often a failed try is repeated. */
  maxRetries: number
  /** Answers that were given before. Default: the model is asked. */
  cache?: Omit<ModelCache, 'onWait' | 'onAsk'>
  timeouts: Required<Timeouts>
  signal: AbortSignal
  wait: Wait
  random: () => number
  telemetry: Telemetry
}

/** Looks at what a step says on its way out. */
export interface StepOutput {
  /** For one try of the step; undefined if nobody looks at its parts. */
  open(signal: AbortSignal): OutputStream | undefined
  /** Called when all was said, before the step's end: may say the step anew. */
  close(hasCalls: boolean): AsyncGenerator<TurnEvent, void>
}

/**
 * One model step: streams the model's answer as events, `step-start` first and `step-end` last. A try that fails for
 * a reason that may pass is repeated after a pause; if its words were already said, the next try's `step-start`
 * takes them back.
 *
 * @throws EdgewiseError when the tries are used up or the failure is final; the signal's reason when it aborts.
 */
export async function* runStep(input: StepInput): AsyncGenerator<TurnEvent, void> {
  for (let retry = 1; ; retry += 1) {
    try {
      yield* tryStep(input)
      return
    } catch (error) {
      if (input.signal.aborted) throw input.signal.reason
      // What a processor threw is no failure of the model.
      if (error instanceof TripWire || (error instanceof EdgewiseError && error.code === 'internal'))
        throw error
      await pauseOrThrow(input, retry, error)
    }
  }
}

async function pauseOrThrow(
  { maxRetries, wait, random, signal }: StepInput,
  retry: number,
  error: unknown,
): Promise<void> {
  const { code, message, isRetryable, retryAfterMs = 0 } = readModelError(error)
  if (!isRetryable || retry > maxRetries || retryAfterMs > RETRY_AFTER_LIMIT_MS) {
    const tries = retry > 1 ? ` (after ${retry} tries)` : ''
    throw new EdgewiseError(code, `${message}${tries}`, { cause: error })
  }
  await wait(Math.max(retryAfterMs, backoffMs(retry, random)), signal)
}

async function* tryStep(input: StepInput): AsyncGenerator<TurnEvent, void> {
  const { model, timeouts, signal, telemetry } = input
  const watch = watchStep(timeouts, signal, toTimeoutError)
  const label = modelLabel(model)
  const open = openSpan(telemetry, `chat ${model.modelId}`, {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': model.provider,
    'gen_ai.request.model': model.modelId,
  })
  let reader: ReadableStreamDefaultReader<LanguageModelV4StreamPart> | undefined
  try {
    const opened = await openStream(input, watch)
    reader = opened.reader
    const { event: cache } = opened
    if (cache) noteCache(open, cache)
    yield* readParts(reader, watch, { step: input.step, label, open, output: input.output, cache })
  } catch (error) {
    // A model that minds its signal breaks with words of its own: what stopped it says why.
    const reason: unknown = watch.signal.aborted ? watch.signal.reason : error
    open.end(reason)
    throw reason
  } finally {
    open.end()
    watch.stop()
    // Leaving early (a stop, a fault, a consumer that went away) closes the connection to the model.
    void reader?.cancel().catch(() => undefined)
  }
}

interface Opened {
  reader: ReadableStreamDefaultReader<LanguageModelV4StreamPart>
  event?: CacheEvent | undefined
}

/** The model's answer as it begins. One that begins when nobody waits for it any more is closed unread. */
async function openStream(input: StepInput, watch: Watch): Promise<Opened> {
  const opening = ask(input, watch)
  try {
    const { stream, event } = await orAborted(opening, watch.signal)
    return { reader: stream.getReader(), event }
  } catch (error) {
    opening.then(({ stream }) => stream.cancel()).catch(() => undefined)
    throw error
  }
}

async function ask(
  input: StepInput,
  watch: Watch,
): Promise<{ stream: ReadableStream<LanguageModelV4StreamPart>; event?: CacheEvent }> {
  const { model, cache } = input
  const call = { ...toCall(input, watch.signal), abortSignal: watch.signal }
  return cache
    ? openCached(model, call, { ...cache, onWait: watch.touch, onAsk: watch.listen })
    : model.doStream(call)
}

interface PartContext {
  step: number
  label: string
  open: OpenSpan
  output: StepOutput | undefined
  cache: CacheEvent | undefined
}

async function* readParts(
  reader: ReadableStreamDefaultReader<LanguageModelV4StreamPart>,
  watch: Watch,
  { step, label, open, output, cache }: PartContext,
): AsyncGenerator<TurnEvent, void> {
  // A model that ignores its signal must not hold the turn: cancelling settles the read that is waiting.
  const cancel = (): void => void reader.cancel(watch.signal.reason).catch(() => undefined)
  watch.signal.addEventListener('abort', cancel, { once: true })
  const toEvent = createModelReader()
  const stream = output?.open(watch.signal)
  let isStarted = false
  const calls = new Set<string>()
  let responseId: string | undefined
  for (;;) {
    watch.listen()
    const { done, value: part } = await reader.read()
    if (watch.signal.aborted) throw watch.signal.reason
    if (done) throw new ModelStreamError('The connection to the model ended before the answer did')
    watch.touch()
    if (part.type === 'error') throw part.error
    if (part.type === 'response-metadata') responseId = part.id ?? responseId
    if (part.type === 'finish') checkFinish(part.finishReason)
    const event = part.type === 'finish' ? undefined : toEvent(part)
    if (!isStarted && (event || part.type === 'finish')) {
      isStarted = true
      yield { type: 'step-start', step, model: label }
      if (cache) yield cache
    }
    if (event && !stream) yield noteCall(event, calls)
    else if (event && stream) yield* noteCalls(stream.push(event), calls)
    if (part.type === 'finish') {
      watch.signal.removeEventListener('abort', cancel)
      if (stream) yield* noteCalls(stream.flush(), calls)
      if (output) yield* noteCalls(output.close(calls.size > 0), calls)
      yield toStepEnd(part, { step, isContinued: calls.size > 0, responseId, open })
      return
    }
  }
}

async function* noteCalls(
  events: AsyncIterable<TurnEvent>,
  calls: Set<string>,
): AsyncGenerator<TurnEvent, void> {
  for await (const event of events) yield noteCall(event, calls)
}

/** Keeps count of the calls that are ours to run. A step that is said anew is counted anew. */
function noteCall(event: TurnEvent, calls: Set<string>): TurnEvent {
  if (event.type === 'step-start') calls.clear()
  if (event.type === 'tool-call' && event.providerExecuted !== true) calls.add(event.toolCallId)
  return event
}

/** `interrupted` is the provider's only word for a stream that was cut clean, without the model's own reason. */
function checkFinish({ unified }: LanguageModelV4FinishReason): void {
  if (unified === 'interrupted')
    throw new ModelStreamError('The connection to the model ended before the answer did')
  if (unified === 'error') throw new ModelStreamError('The model ended its answer with an error')
}

function toStepEnd(
  { usage: counted, finishReason, providerMetadata }: Extract<LanguageModelV4StreamPart, { type: 'finish' }>,
  {
    step,
    isContinued,
    responseId,
    open,
  }: Pick<StepEnd, 'step' | 'isContinued'> & { responseId: string | undefined; open: OpenSpan },
): StepEnd {
  const usage = toUsage(counted)
  open.span.setAttribute('gen_ai.response.finish_reasons', [finishReason.unified])
  if (usage.inputTokens !== undefined) open.span.setAttribute('gen_ai.usage.input_tokens', usage.inputTokens)
  if (usage.outputTokens !== undefined)
    open.span.setAttribute('gen_ai.usage.output_tokens', usage.outputTokens)
  return {
    type: 'step-end',
    step,
    finishReason: finishReason.unified,
    usage,
    isContinued,
    ...(responseId !== undefined && { responseId }),
    ...(providerMetadata && {
      providerMetadata: providerMetadata as NonNullable<StepEnd['providerMetadata']>,
    }),
  }
}

function toCall(
  { prompt, tools, settings, responseFormat }: StepInput,
  abortSignal: AbortSignal,
): LanguageModelV4CallOptions {
  const { toolChoice, ...others } = settings
  const rest = responseFormat ? { ...others, responseFormat } : others
  if (tools.length === 0) return { ...rest, prompt, abortSignal }
  return { ...rest, prompt, abortSignal, tools, toolChoice: toolChoice ?? { type: 'auto' } }
}

function toTimeoutError(ms: number, what: 'step' | 'chunk'): EdgewiseError {
  const message =
    what === 'step' ? `The model did not finish within ${ms} ms` : `The model said nothing for ${ms} ms`
  return new EdgewiseError('step_timeout', message)
}
