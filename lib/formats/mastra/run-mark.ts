import type { Part, ProviderMetadata } from '../../protocol/message.ts'

/** Under this name the run's id travels with a call. */
const MARK = 'edgewise'

/**
 * Notes on a call of a client's own tool which run waits for its result. That client sends the call back with the
 * result as it was told it, and nothing else that names the run.
 */
export function withRun<Marked extends { providerMetadata?: ProviderMetadata }>(
  call: Marked,
  runId: string,
): Marked {
  return { ...call, providerMetadata: { ...call.providerMetadata, [MARK]: { runId } } }
}

/** The run that waits for the call, as {@link withRun} noted it. */
export function runOf(part: Part): string | undefined {
  const mark = part.type === 'tool' ? part.providerMetadata?.[MARK] : undefined
  return typeof mark?.['runId'] === 'string' ? mark['runId'] : undefined
}
