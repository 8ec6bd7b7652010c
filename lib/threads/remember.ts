import type { Memory } from '../memory/memory.ts'
import type { MemorySettings } from '../memory/memory-options.ts'
import { remarksSection, summarySection, workingSection } from '../memory/prompt.ts'
import type { Exchange, Remembered } from '../memory/select.ts'
import { select } from '../memory/select.ts'
import { textTokens } from '../memory/tokens.ts'
import type { WorkingChange, WorkingMemory } from '../memory/working.ts'
import { applyChange } from '../memory/working.ts'
import { createWorkingTool, WORKING_TOOL } from '../memory/working-tool.ts'
import type { Message } from '../protocol/message.ts'
import { orAborted } from '../streams/wait.ts'
import type { ToolSet } from '../tools/tool.ts'
import { reasonOf } from './embed-turns.ts'
import { exchangeOf, lastExchanges } from './history.ts'
import type { ThreadParts } from './parts.ts'
import { readPins } from './pins.ts'
import type { RecallFor } from './recall-for.ts'
import { recallFor } from './recall-for.ts'
import type { Summary } from './summary.ts'
import { readSummary } from './summary.ts'
import type { MemoryNews, TurnMemory } from './turn-memory.ts'
import type { TurnRecord } from './turn-request.ts'
import { changeNow, currentWorking } from './working-memory.ts'

/**
 * Gathers what the model is to know of the past. What has to be fetched is waited for no longer than the memory's
 * `timeoutMs`, all of it together; what fails or is late is left out, with a warning. Never throws for that.
 */
export async function remember(
  parts: ThreadParts,
  memory: Memory,
  record: Pick<TurnRecord, 'turn' | 'agentId' | 'resourceId'>,
  input: Message,
  signal: AbortSignal,
  { isReadOnly = false } = {},
): Promise<TurnMemory> {
  const { rows } = parts
  const { settings } = memory
  const news: MemoryNews[] = []
  const summary = settings.compaction && readSummary(rows)
  const recent = readRecent(parts, settings, record, summary)
  const isFetching = settings.semanticRecall ?? settings.workingMemory
  const limit = isFetching ? AbortSignal.any([signal, AbortSignal.timeout(settings.timeoutMs)]) : signal
  const attempt = async <Result>(
    code: string,
    what: string,
    work: () => Promise<Result>,
  ): Promise<Result | undefined> => {
    try {
      return await orAborted(work(), limit)
    } catch (error) {
      const why = limit.aborted ? `it took longer than ${settings.timeoutMs} ms` : reasonOf(error)
      news.push({ type: 'warning', code, message: `${what}: ${why}` })
      return undefined
    }
  }
  const onLess = (why: string): void => {
    const message = `Of what was said before only the latest is recalled: ${why}`
    news.push({ type: 'warning', code: 'recall_incomplete', message })
  }
  const onCached: RecallFor['onCached'] = ({ texts, hits }) =>
    void news.push({ type: 'cache', of: 'vectors', hit: hits === texts, texts, hits })
  const [recalled, working] = await Promise.all([
    settings.semanticRecall &&
      attempt('recall_unavailable', 'Nothing was recalled', () =>
        recallFor(parts, memory, { record, input, recent, signal: limit, onLess, onCached }),
      ),
    settings.workingMemory &&
      attempt('working_memory_unavailable', 'The working memory could not be read', async () => ({
        read: await currentWorking(parts, memory, record.resourceId),
      })),
  ])
  const sections = summary ? [summarySection(summary.text)] : []
  const tools: ToolSet = {}
  if (settings.workingMemory && working) {
    // Whoever has not read it must not rewrite it: then there is no tool either.
    const { read } = working
    sections.push(workingSection(settings.workingMemory, read, !isReadOnly))
    const keep = keeper(parts, memory, record, read)
    tools[WORKING_TOOL] = createWorkingTool(settings.workingMemory, keep)
  }
  const pinned = readPins(rows).flatMap(({ turn }) => before(parts, record.turn, turn))
  const remembered: Remembered = { recent, pinned, recalled: recalled ?? [] }
  const used = sections.reduce((sum, section) => sum + textTokens(section), 0)
  const { messages, remarks } = select(remembered, Math.max(0, settings.tokenBudget - used))
  const section = remarksSection(remarks)
  return { history: messages, sections: section ? [...sections, section] : sections, tools, news }
}

/** Takes the agent's changes in, and knows what they have come to. */
function keeper(
  parts: ThreadParts,
  memory: Memory,
  record: Pick<TurnRecord, 'turn' | 'agentId' | 'resourceId'>,
  read: WorkingMemory | undefined,
): (change: WorkingChange) => void {
  let seen = read
  return (change) => {
    changeNow(parts, memory, record, change, seen)
    seen = applyChange(seen, change)
  }
}

/** The window, and what no summary tells of yet. */
function readRecent(
  { rows, events }: ThreadParts,
  settings: MemorySettings,
  { turn }: Pick<TurnRecord, 'turn'>,
  summary: Summary | undefined,
): Exchange[] {
  const { lastMessages: count, compaction } = settings
  if (!compaction) return lastExchanges(rows, events, { before: turn, count })
  const upTo = summary?.upTo ?? 0
  const most = count + 2 * compaction.every
  const isWanted = (one: number, found: number): boolean => one > upTo && found < most
  return lastExchanges(rows, events, { before: turn, count, isWanted })
}

function before({ rows, events }: ThreadParts, turn: number, wanted: number): Exchange[] {
  const exchange = wanted < turn ? exchangeOf(rows, events, wanted) : undefined
  return exchange ? [exchange] : []
}
