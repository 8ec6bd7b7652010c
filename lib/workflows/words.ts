import type { LogEntry, LogRow } from '../log/row.ts'
import type { LogWords } from '../log/words.ts'
import type { JsonObject, JsonValue } from '../protocol/json.ts'
import type { RunEvent, StepPath } from '../protocol/run-event.ts'
import type { FlowDefinition } from './graph.ts'
import { executableAt } from './graph.ts'
import { stepIdAt } from './run-state.ts'

/**
 * An event in a row: the path of a step that starts (nothing, if it is the one behind the step that has just ended), a
 * step's path with its output, how many events of progress there were, or, of all that is rarer, the event.
 */
type Packed = StepPath | [path: StepPath, output?: JsonValue] | number | JsonObject

/** Nothing follows these until somebody says something. */
const LAST = new Set<RunEvent['type']>(['run-end', 'run-suspend', 'run-wait', 'run-pause'])

/** Milliseconds since 1970 in base 36: eight digits until the year 2059. */
const TIME_LENGTH = 8

/**
 * The words of a workflow's run. A row is the time, then its events; a step that ends and the one behind it that
 * starts take some thirty characters and the output.
 */
export function runWords(definition: () => FlowDefinition | undefined): LogWords<RunEvent> {
  return {
    sizeOf: () => 1,
    weightOf: weigh,
    isDurable: ({ type }) => type !== 'step-progress',
    isLast: ({ type }) => LAST.has(type),
    opensAttempt: () => false,
    cut: (event) => event,
    pack: packEvents,
    unpack: (row, position) => unpackEvents(definition(), row, position),
  }
}

function weigh(event: RunEvent): number {
  const value = 'output' in event ? event.output : 'data' in event ? event.data : undefined
  if (typeof value === 'string') return 100 + value.length
  // An output is in the run's state anyway; what is only said is nowhere else.
  return 100 + (event.type === 'step-progress' ? JSON.stringify(value).length : value === undefined ? 0 : 200)
}

function packEvents(events: readonly RunEvent[]): string {
  const first = events.find((event) => event.type !== 'step-progress')
  const at = first?.at ?? 0
  const packed: Packed[] = []
  for (const event of events) {
    const last = packed.at(-1)
    if (event.type !== 'step-progress') {
      const item = packEvent(event, at)
      packed.push(Array.isArray(last) && item === pathBehind(last[0]) ? '' : item)
    } else if (typeof last === 'number') packed[packed.length - 1] = last + 1
    else packed.push(1)
  }
  return at.toString(36).padStart(TIME_LENGTH, '0') + JSON.stringify(packed)
}

function packEvent(event: Exclude<RunEvent, { type: 'step-progress' }>, at: number): Packed {
  if (event.at === at) {
    if (event.type === 'step-start' && event.attempt === 1 && !event.isResumed) return event.path
    if (event.type === 'step-result' && !event.state && !event.isBail) {
      return event.output === undefined ? [event.path] : [event.path, event.output]
    }
  }
  // Events are JSON by their types. Undefined keys, which JSON does not have, are not written.
  const { at: own, ...rest } = event
  return (own === at ? rest : event) as JsonObject
}

/** Proof of the casts: rows are written by {@link packEvents} alone. */
function unpackEvents(
  definition: FlowDefinition | undefined,
  row: LogRow,
  position: number,
): LogEntry<RunEvent>[] {
  const at = Number.parseInt(row.body.slice(0, TIME_LENGTH), 36)
  const packed = JSON.parse(row.body.slice(TIME_LENGTH)) as Packed[]
  const entries: LogEntry<RunEvent>[] = []
  let end = row.start
  for (const [i, stored] of packed.entries()) {
    end += typeof stored === 'number' ? stored : 1
    if (typeof stored === 'number' || end <= position) continue
    const { generation, attempt } = row
    const last = packed[i - 1]
    const item = stored === '' && Array.isArray(last) ? pathBehind(last[0]) : stored
    entries.push({ event: unpackEvent(definition, item, at), offset: { generation, attempt, position: end } })
  }
  return entries
}

function unpackEvent(
  definition: FlowDefinition | undefined,
  item: Exclude<Packed, number>,
  at: number,
): RunEvent {
  if (typeof item === 'string')
    return { type: 'step-start', at, path: item, stepId: stepIdOf(definition, item), attempt: 1 }
  if (!Array.isArray(item)) return { at, ...item } as RunEvent
  const [path, output] = item
  const stepId = stepIdOf(definition, path)
  return { type: 'step-result', at, path, stepId, ...(output !== undefined && { output }) }
}

/** The path of the node behind one that holds a single step. */
function pathBehind(path: StepPath): StepPath {
  const at = path.lastIndexOf('/') + 1
  return path.slice(0, at) + (Number.parseInt(path.slice(at), 10) + 1)
}

/** The id of the step at a path; `?` if the definition has none there, or is gone. */
export function stepIdOf(definition: FlowDefinition | undefined, path: StepPath): string {
  let flow = definition
  const parts = path.split('/')
  for (const [i, part] of parts.entries()) {
    const [index = '', sub = '0'] = part.split('.')
    const node = flow?.nodes[Number(index)]
    if (!node) return '?'
    if (i === parts.length - 1) return stepIdAt(node, Number(sub))
    const inner = executableAt(node, Number(sub))
    if (inner?.kind !== 'workflow') return '?'
    flow = inner
  }
  return '?'
}
