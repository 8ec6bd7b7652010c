import { formatOffset } from '../protocol/offset.ts'
import type { RunDescription } from '../protocol/workflow-graph.ts'
import { describeLive } from '../workflows/live-graph.ts'
import { definitionOf, readEntries } from './load.ts'
import type { Run } from './run.ts'

/**
 * The run's graph with how each place of it stands.
 *
 * @throws EdgewiseError `run_not_found`, `workflow_changed`.
 */
export async function describeRun(run: Run): Promise<RunDescription> {
  // That all is on disk which is described: followers may begin behind it.
  const { runId, workflowId, status, createdAt, updatedAt } = await run.info()
  const { parts, meta } = run
  const entries = meta ? [...readEntries(parts)] : []
  const graph = describeLive(
    definitionOf(parts, { runId, workflowId }),
    entries.map(({ event }) => event),
  )
  const last = entries.at(-1)?.offset
  return { runId, workflowId, status, createdAt, updatedAt, after: last ? formatOffset(last) : '0', graph }
}
