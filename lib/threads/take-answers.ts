import type { AgentDefinition } from '../agents/agent-options.ts'
import { isAgentTool } from '../agents/agent-tool.ts'
import { resolveTools } from '../agents/resolve.ts'
import type { TurnState } from '../log/fold.ts'
import { waitingCalls } from '../log/fold.ts'
import { EdgewiseError } from '../protocol/error.ts'
import { toJson } from '../protocol/json.ts'
import type { Part, ToolAnswer, ToolPart, ToolWait } from '../protocol/message.ts'
import { questionId } from '../protocol/message.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'
import { placeOfRun } from '../protocol/run-id.ts'
import { parse } from '../schema/schema.ts'
import type { Tool } from '../tools/tool.ts'
import { foldTurn } from './history.ts'
import type { ThreadParts } from './parts.ts'
import { missingKeys } from './secrets.ts'
import type { SuspendedTurn } from './thread-state.ts'
import type { TurnRecord } from './turn-request.ts'

/** Answers by the id of the call that waits for them. */
export type ToolAnswers = Record<string, ToolAnswer>

/** Stands for the only call that waits, where the caller names none. */
export const ONLY_CALL = '*'

/** What can be answered by each kind of waiting. */
const FITTING: Record<ToolWait['for'], ToolAnswer['type'][]> = {
  approval: ['approve', 'decline'],
  resume: ['resume', 'decline'],
  client: ['output', 'error'],
  context: ['context', 'decline'],
}

/** @throws EdgewiseError `run_not_found`; `run_not_suspended` if its turn was taken back. */
export function findRun({ rows }: ThreadParts, runId: string): TurnRecord {
  const place = placeOfRun(runId)
  const record = place && rows.hasTables ? rows.readTurn(place.turn) : undefined
  if (record?.runId === runId && record.isSuperseded) {
    throw new EdgewiseError('run_not_suspended', 'The turn was taken back: it waits for nothing')
  }
  if (record?.runId === runId) return record
  throw new EdgewiseError('run_not_found', `There is no run "${runId}"`)
}

/** Which run is meant, by as much as is known of it; by nothing, any run of the thread. */
export interface RunFilter {
  runId?: string
  messageId?: string
  /**
   * Approvals name the question, not the call: a page that is behind may hold the answer to the question before.
   * Default: any of the call's names will do.
   */
  namesQuestions?: boolean
}

/**
 * The newest run that waits for one of the answers, with those that it waits for.
 *
 * @throws EdgewiseError `run_not_suspended` if none of them is.
 */
export function matchAnswers(
  parts: ThreadParts,
  { runId, messageId, namesQuestions = false }: RunFilter,
  answers: ToolAnswers,
): { runId: string; answers: ToolAnswers } {
  const { rows, events } = parts
  for (const turn of rows.suspendedTurns().toReversed()) {
    const record = rows.readTurn(turn)
    if (!record || (runId ?? record.runId) !== record.runId) continue
    if ((messageId ?? record.messageId) !== record.messageId) continue
    const known = rows.readSuspended(turn)?.answers ?? {}
    const waiting = waitingCalls(foldTurn(events, record).state).filter(
      ({ toolCallId }) => !known[toolCallId],
    )
    const matched = Object.entries(answers).flatMap(([id, answer]) => {
      const meant = namesQuestions
        ? waiting.filter((call) => questionOf(call) === id)
        : callsNamed(waiting, id)
      if (meant.length > 1) throw ambiguous(meant)
      return meant.flatMap(({ toolCallId, wait }) =>
        FITTING[wait.for].includes(answer.type) ? [[toolCallId, answer] as const] : [],
      )
    })
    if (matched.length > 0) return { runId: record.runId, answers: Object.fromEntries(matched) }
  }
  throw new EdgewiseError('run_not_suspended', 'Nothing that waits was answered')
}

/**
 * The answers as their tools take them: data that resumes a tool is what its schema makes of it.
 *
 * @throws EdgewiseError `invalid_request` with the field that does not fit.
 */
export async function readAnswers(
  parts: ThreadParts,
  record: TurnRecord,
  answers: ToolAnswers,
): Promise<ToolAnswers> {
  const { state } = foldTurn(parts.events, record)
  const named = nameNested(state, nameOnly(state, answers))
  const all = { ...contextAnswers(parts, record, state), ...named }
  if (Object.keys(all).length === 0) checkContext(parts, record, state)
  return readData(parts, record, all)
}

/** The calls that can go on now that the secrets they wait for are known. */
function contextAnswers({ rows, secrets }: ThreadParts, { turn }: TurnRecord, state: TurnState): ToolAnswers {
  const known = rows.readSuspended(turn)?.answers ?? {}
  const ready = waitingCalls(state).filter(
    ({ toolCallId, wait }) =>
      wait.for === 'context' &&
      !known[toolCallId] &&
      missingKeys(wait.contextKeys ?? [], turn, secrets).length === 0,
  )
  return Object.fromEntries(ready.map(({ toolCallId }) => [toolCallId, { type: 'context' }]))
}

/** Without an answer to a call the turn itself must be what waits, and go on with what it was given. */
function checkContext({ rows, secrets }: ThreadParts, { turn }: TurnRecord, state: TurnState): void {
  const ownKeys = rows.readSuspended(turn)?.contextKeys ?? []
  const keys = [...ownKeys, ...waitingCalls(state).flatMap(({ wait }) => wait.contextKeys ?? [])]
  const missing = missingKeys(keys, turn, secrets)
  if (keys.length === 0)
    throw new EdgewiseError('run_not_suspended', 'The run waits for no secret of the runtime context')
  if (missing.length === 0) return
  const issues = missing.map((key) => ({ field: `runtimeContext.${key}`, message: 'is required' }))
  throw new EdgewiseError('invalid_request', `Invalid answer: ${issues[0]?.field} is required`, { issues })
}

/**
 * A call in a sub-agent's turn is answered at the call of the agent, which waits on its behalf. It may be named by its
 * own id, by that of its question, or by the call of the agent.
 *
 * @throws EdgewiseError `already_answered` if it waits no more, `invalid_request` if several that wait have its id.
 */
function nameNested(state: TurnState, answers: ToolAnswers): ToolAnswers {
  const waiting = waitingCalls(state)
  const named = Object.entries(answers).map(([id, answer]) => {
    const meant = callsNamed(waiting, id)
    if (meant.length > 1) throw ambiguous(meant)
    if (meant.length === 0 && wasAsked(state, id)) throw answeredAlready(id)
    return [meant[0]?.toolCallId ?? id, answer] as const
  })
  return Object.fromEntries(named)
}

type WaitingPart = ToolPart & { state: 'waiting' }

/** The call of that id; else those whose sub-agent asks about a call of that id, or by that question. */
function callsNamed(waiting: readonly WaitingPart[], id: string): WaitingPart[] {
  const own = waiting.filter(({ toolCallId }) => toolCallId === id)
  if (own.length > 0) return own.slice(-1)
  return waiting.filter(({ toolCallId, wait: { nested } }) => {
    if (!nested) return false
    return [nested.path.at(-1), nested.id, questionId(toolCallId, nested.id)].includes(id)
  })
}

/** What a page names the call by: an approval by its question, an output by the call. */
function questionOf({ toolCallId, wait }: WaitingPart): string {
  return wait.for === 'approval' ? questionId(toolCallId, wait.nested?.id) : toolCallId
}

/** Whether the id is that of a question of before, or of a sub-agent's call that waits no more. */
function wasAsked({ message: { parts }, nested }: TurnState, id: string): boolean {
  const isOf = (part: Part, toolCallId = id): boolean =>
    part.type === 'tool' && part.toolCallId === toolCallId
  const [call, ...rest] = id.split('/')
  if (rest.length > 0 && parts.some((part) => isOf(part, call))) return true
  return [...nested.values()].some(
    (child) =>
      child.message.parts.some((part) => isOf(part) && 'state' in part && part.state !== 'waiting') ||
      wasAsked(child, id),
  )
}

function answeredAlready(toolCallId: string): EdgewiseError {
  return new EdgewiseError('already_answered', `The call "${toolCallId}" was answered already`)
}

function ambiguous(waiting: readonly ToolPart[]): EdgewiseError {
  const ids = waiting.map(({ toolCallId }) => toolCallId)
  const message = `must name one of the calls that wait: ${ids.join(', ')}`
  return new EdgewiseError('invalid_request', `toolCallId ${message}`, {
    issues: [{ field: 'toolCallId', message }],
  })
}

function nameOnly(state: TurnState, answers: ToolAnswers): ToolAnswers {
  const answer = answers[ONLY_CALL]
  if (!answer) return answers
  const waiting = waitingCalls(state)
  const [only] = waiting
  if (only && waiting.length === 1) return { [only.toolCallId]: answer }
  if (waiting.length === 0)
    throw new EdgewiseError('run_not_suspended', 'No call of the run waits for an answer')
  throw ambiguous(waiting)
}

async function readData(
  { services, events }: Pick<ThreadParts, 'services' | 'events'>,
  record: TurnRecord,
  answers: ToolAnswers,
): Promise<ToolAnswers> {
  if (!Object.values(answers).some(({ type }) => type === 'resume')) return answers
  const { state } = foldTurn(events, record)
  const agent = services.getAgent(record.agentId)
  const read: ToolAnswers = {}
  for (const [toolCallId, answer] of Object.entries(answers)) {
    const waiting = await findTool(agent, state, toolCallId, new RuntimeContext(record.runtimeContext))
    const schema = waiting?.resumeSchema
    if (answer.type !== 'resume' || !schema) {
      read[toolCallId] = answer
      continue
    }
    const parsed = await parse(schema, answer.data)
    if (!parsed.ok) {
      const issues = parsed.issues.map(({ field, message }) => ({
        field: field ? `resumeData.${field}` : 'resumeData',
        message,
      }))
      throw new EdgewiseError(
        'invalid_request',
        `Invalid answer: ${issues[0]?.field} ${issues[0]?.message}`,
        { issues },
      )
    }
    read[toolCallId] = { type: 'resume', data: toJson(parsed.value) }
  }
  return read
}

/**
 * The turn's waiting with the answers added. Reads only: whoever writes it, in the same breath, has won.
 *
 * @throws EdgewiseError `already_answered`, `run_not_suspended`, or `invalid_request` for an answer to another question.
 */
export function addAnswers(parts: ThreadParts, record: TurnRecord, answers: ToolAnswers): SuspendedTurn {
  const { rows, events, services } = parts
  const waited = rows.readSuspended(record.turn) ?? {
    runId: record.runId,
    since: services.now(),
    answers: {},
  }
  const { message } = foldTurn(events, record).state
  for (const [toolCallId, answer] of Object.entries(answers)) {
    const part = message.parts.findLast(
      (found): found is ToolPart => found.type === 'tool' && found.toolCallId === toolCallId,
    )
    if (waited.answers[toolCallId] ?? (part && ['answered', 'done', 'failed'].includes(part.state))) {
      throw answeredAlready(toolCallId)
    }
    if (part?.state !== 'waiting') {
      throw new EdgewiseError('run_not_suspended', `The call "${toolCallId}" does not wait for an answer`)
    }
    const fitting = FITTING[part.wait.for]
    if (!fitting.includes(answer.type)) {
      const message = `waits for ${part.wait.for}: answer it with ${fitting.join(' or ')}, not ${answer.type}`
      throw new EdgewiseError('invalid_request', `The call "${toolCallId}" ${message}`, {
        issues: [{ field: 'toolCallId', message }],
      })
    }
  }
  return { ...waited, answers: { ...waited.answers, ...answers } }
}

/** The tool of the call that really waits: of an agent that was called, the one that its turn waits for. */
async function findTool(
  agent: AgentDefinition | undefined,
  state: TurnState,
  toolCallId: string,
  runtimeContext: RuntimeContext,
): Promise<Tool | undefined> {
  if (!agent) return undefined
  const tools = await resolveTools(agent.options, runtimeContext)
  const part = waitingCalls(state).find((waiting) => waiting.toolCallId === toolCallId)
  const tool = part && Object.hasOwn(tools, part.toolName) ? tools[part.toolName] : undefined
  const [next] = part?.wait.nested?.path ?? []
  const child = state.nested.get(toolCallId)
  if (next === undefined || !child || !tool || !isAgentTool(tool)) return tool
  return findTool(tool.agent, child, next, runtimeContext)
}
