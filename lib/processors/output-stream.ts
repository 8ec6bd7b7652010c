import type { TurnEvent } from '../protocol/event.ts'
import type { ProcessorContext, ProcessorStates } from './call-hook.ts'
import { callHook, recordOf } from './call-hook.ts'
import type { OutputStreamOptions, Processor, StreamAnswer, StreamPart } from './processor.ts'

/** One try of a step on its way through the processors. */
export interface OutputStream {
  /** What becomes of one part: itself, others, or nothing yet. Events that no processor may see pass as they are. */
  push(event: TurnEvent): AsyncGenerator<TurnEvent, void>
  /** Ends the blocks that the model left open, so that what was held back comes out. Due before the step's end. */
  flush(): AsyncGenerator<TurnEvent, void>
}

/**
 * Takes the parts of one try of a step through the processors in their order; undefined if none looks at them, which
 * costs the stream nothing. Blocks are made whole first: one that was never opened is opened, one that was never
 * closed is closed by `flush`.
 *
 * **Contract:** one call at a time, each read to its end before the next. Throws what `runInput` throws; what it
 * yielded before stands. Made anew for each try, so that nothing held back reaches the next.
 */
export function createOutputStream(
  processors: readonly Processor[],
  context: ProcessorContext,
  { step, answer }: Pick<OutputStreamOptions, 'step' | 'answer'>,
): OutputStream | undefined {
  const chain = processors.filter((processor) => processor.processOutputStream)
  if (chain.length === 0) return undefined
  const open = new Map<string, BlockEnd>()
  const run: StreamRun = { chain, context, step, answer, stepStates: new WeakMap() }
  return {
    async *push(event) {
      if (!isStreamPart(event)) {
        yield event
        return
      }
      for (const part of toWholeBlocks(event, open)) yield* pass(run, part, 0)
    },
    async *flush() {
      for (const end of open.values()) yield* pass(run, end, 0)
      open.clear()
    },
  }
}

interface StreamRun extends Pick<OutputStreamOptions, 'step' | 'answer'> {
  chain: readonly Processor[]
  context: ProcessorContext
  stepStates: ProcessorStates
}

async function* pass(run: StreamRun, part: StreamPart, index: number): AsyncGenerator<TurnEvent, void> {
  const processor = run.chain[index]
  if (!processor) {
    yield part
    return
  }
  const { context, step, answer, stepStates } = run
  const said = yield* callHook(processor, 'processOutputStream', context, (options) =>
    processor.processOutputStream?.({
      ...options,
      step,
      answer,
      part,
      stepState: recordOf(stepStates, processor),
    }),
  )
  for (const next of toParts(said, part)) yield* pass(run, next, index + 1)
}

function toParts(answer: StreamAnswer, part: StreamPart): readonly StreamPart[] {
  if (answer === undefined) return [part]
  if (answer === null) return []
  return isList(answer) ? answer : [answer]
}

/** `Array.isArray` does not know lists that may not be changed. */
function isList(answer: StreamPart | readonly StreamPart[]): answer is readonly StreamPart[] {
  return Array.isArray(answer)
}

type BlockEnd = Extract<StreamPart, { type: 'text-end' | 'reasoning-end' }>

/** The part, with the edges that its block lacks before it. */
function toWholeBlocks(part: StreamPart, open: Map<string, BlockEnd>): StreamPart[] {
  const [kind, edge] = splitType(part.type)
  if (kind === undefined || !('id' in part)) return [part]
  const { id } = part
  const key = `${kind} ${id}`
  const left = open.get(key)
  if (edge === 'end') open.delete(key)
  else open.set(key, { type: `${kind}-end`, id })
  if (edge === 'start') return left ? [left, part] : [part]
  return left ? [part] : [{ type: `${kind}-start`, id }, part]
}

function splitType(type: StreamPart['type']): ['text' | 'reasoning', string] | [undefined] {
  const [kind, edge] = type.split('-')
  return (kind === 'text' || kind === 'reasoning') && edge !== undefined ? [kind, edge] : [undefined]
}

const STREAM_PARTS: Record<StreamPart['type'], true> = {
  'text-start': true,
  'text-delta': true,
  'text-end': true,
  'reasoning-start': true,
  'reasoning-delta': true,
  'reasoning-end': true,
  'tool-input-start': true,
  'tool-input-delta': true,
  'tool-input-end': true,
  'tool-call': true,
  'tool-result': true,
  'tool-error': true,
  file: true,
  source: true,
  warning: true,
}

function isStreamPart(event: TurnEvent): event is StreamPart {
  return Object.hasOwn(STREAM_PARTS, event.type)
}
