import type { ModelSpec } from '../models/model.ts'
import type { JsonObject } from '../protocol/json.ts'
import type { Schema } from '../schema/schema.ts'
import { isTimerMs, MAX_TIMER_MS } from '../streams/wait.ts'
import { DEFAULT_TEMPLATE } from './working.ts'

/** Whose memory it is: that of one thread, or of everything that its owner says anywhere. */
export type MemoryScope = 'thread' | 'resource'

export interface SemanticRecallOptions {
  /** How many messages are looked for. Default: 4. */
  topK?: number
  /** How many messages around each of them come along. Default: 1 before and 1 after. */
  messageRange?: number | { before: number; after: number }
  /** Default: `resource`. */
  scope?: MemoryScope
  /** What scores less is not recalled, from 0 to 1; two vectors at a right angle have 0.5. Default: 0. */
  threshold?: number
  /** Finds what holds the words of the message too: names and numbers. Default: true, where the vectors know words. */
  hybrid?: boolean
}

export interface WorkingMemoryOptions {
  enabled?: boolean
  /** Default: `resource`. */
  scope?: MemoryScope
  /** Markdown that the agent fills in; an update replaces the whole. Not together with `schema`. */
  template?: string
  /** What is kept, as zod (or any Standard Schema that can say JSON Schema) or JSON Schema; an update is merged. */
  schema?: Schema | JsonObject
}

export interface CompactionOptions {
  /** How many messages may leave the window before they are summed up. Default: 20. */
  every?: number
  /** Who sums up. Default: the agent's own model. */
  model?: ModelSpec
  /** What matters in a summary, in place of the kit's own words. */
  instructions?: string
}

export interface TitleOptions {
  /** Who names threads. Default: the agent's own model. */
  model?: ModelSpec
  instructions?: string
}

export interface MemoryOptions {
  /** How many of a thread's last messages the model is shown, a user's and an answer counting as two. Default: 10. */
  lastMessages?: number | false
  /** Finds what was said before by its meaning. Default: off. */
  semanticRecall?: boolean | SemanticRecallOptions
  /** Notes that the agent keeps by itself. Default: off. */
  workingMemory?: WorkingMemoryOptions
  /** Has a model name new threads. Default: the first words of the first message. */
  generateTitle?: boolean | TitleOptions
  /** Sums up what has left the window; the messages themselves stay. Default: off. */
  compaction?: boolean | CompactionOptions
  /** Tokens that memory may take up in a prompt: recent messages first, then pinned and recalled ones. Default: no limit. */
  tokenBudget?: number
  /** Milliseconds that a turn waits for what memory has to fetch; then it goes on without. Default: 1000. */
  timeoutMs?: number
}

/** What a request may ask for instead of an agent's own options, as JSON. */
export type MemoryOverrides = Pick<
  MemoryOptions,
  'lastMessages' | 'semanticRecall' | 'workingMemory' | 'generateTitle'
>

/** The options with their defaults. */
export interface MemorySettings {
  lastMessages: number
  semanticRecall?: RecallSettings
  workingMemory?: WorkingMemorySettings
  generateTitle?: TitleOptions
  compaction?: CompactionOptions & { every: number }
  tokenBudget: number
  timeoutMs: number
}

export interface RecallSettings {
  topK: number
  before: number
  after: number
  scope: MemoryScope
  threshold: number
  hybrid: boolean
}

export interface WorkingMemorySettings {
  scope: MemoryScope
  /** One of the two. */
  template?: string
  schema?: Schema | JsonObject
}

/** @throws TypeError or RangeError that names the option. */
export function readOptions(options: MemoryOptions): MemorySettings {
  const { lastMessages = 10, semanticRecall, workingMemory, generateTitle, compaction } = options
  const { tokenBudget = Infinity, timeoutMs = 1000 } = options
  const recall = readRecall(semanticRecall)
  const working = readWorking(workingMemory)
  const last = lastMessages === false ? 0 : lastMessages
  requireCount('lastMessages', last, 0)
  if (tokenBudget !== Infinity) requireCount('tokenBudget', tokenBudget, 0)
  if (!isTimerMs(timeoutMs))
    throw new RangeError(
      `Cannot create memory: timeoutMs is ${timeoutMs}, it must be from 1 to ${MAX_TIMER_MS}`,
    )
  const settings: MemorySettings = { lastMessages: last, tokenBudget, timeoutMs }
  if (recall) settings.semanticRecall = recall
  if (working) settings.workingMemory = working
  if (generateTitle) settings.generateTitle = generateTitle === true ? {} : generateTitle
  if (compaction) {
    const { every = 20, ...rest } = compaction === true ? {} : compaction
    requireCount('compaction.every', every, 1)
    settings.compaction = { ...rest, every }
  }
  return settings
}

/** `true` and `false` switch on and off, an object changes what it names and leaves the rest as it is. */
export function mergeOptions(own: MemoryOptions, asked: MemoryOverrides): MemoryOptions {
  const { semanticRecall, workingMemory, generateTitle } = asked
  const merged = { ...own, ...asked }
  if (semanticRecall) merged.semanticRecall = mergeSwitch(own.semanticRecall, semanticRecall)
  if (generateTitle) merged.generateTitle = mergeSwitch(own.generateTitle, generateTitle)
  if (!workingMemory) return merged
  const { template, schema, ...rest } = own.workingMemory ?? {}
  // Of the two ways to keep it the request names one, or none.
  const isOther = workingMemory.template !== undefined || workingMemory.schema !== undefined
  const kept = isOther ? {} : { ...(template !== undefined && { template }), ...(schema && { schema }) }
  return { ...merged, workingMemory: { ...rest, ...kept, ...workingMemory } }
}

function mergeSwitch<Options extends object>(
  own: boolean | Options | undefined,
  asked: true | Options,
): true | Options {
  if (!own || own === true) return asked
  return asked === true ? own : { ...own, ...asked }
}

function readRecall(option: MemoryOptions['semanticRecall']): RecallSettings | undefined {
  if (!option) return undefined
  const {
    topK = 4,
    messageRange = 1,
    scope = 'resource',
    threshold = 0,
    hybrid = true,
  } = option === true ? {} : option
  const { before, after } =
    typeof messageRange === 'number' ? { before: messageRange, after: messageRange } : messageRange
  requireCount('semanticRecall.topK', topK, 1, 100)
  requireCount('semanticRecall.messageRange.before', before, 0, 100)
  requireCount('semanticRecall.messageRange.after', after, 0, 100)
  requireScope('semanticRecall.scope', scope)
  if (!(threshold >= 0 && threshold <= 1))
    throw new RangeError(
      `Cannot create memory: semanticRecall.threshold is ${threshold}, it must be from 0 to 1`,
    )
  if (typeof hybrid !== 'boolean')
    throw new TypeError('Cannot create memory: semanticRecall.hybrid must be true or false')
  return { topK, before, after, scope, threshold, hybrid }
}

function readWorking({ enabled = false, scope = 'resource', template, schema }: WorkingMemoryOptions = {}):
  | WorkingMemorySettings
  | undefined {
  requireScope('workingMemory.scope', scope)
  if (template !== undefined && schema !== undefined)
    throw new TypeError('Cannot create memory: workingMemory has both a template and a schema')
  if (!enabled) return undefined
  return schema === undefined ? { scope, template: template ?? DEFAULT_TEMPLATE } : { scope, schema }
}

function requireCount(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`
  throw new RangeError(`Cannot create memory: ${name} is ${value}, it must be a whole number ${range}`)
}

function requireScope(name: string, scope: string): void {
  if (scope === 'thread' || scope === 'resource') return
  throw new TypeError(`Cannot create memory: ${name} is "${scope}", it must be "thread" or "resource"`)
}
