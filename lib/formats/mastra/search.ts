/** What was said, as a search found it. */
export interface SaidSource {
  messageId: string
  threadId: string
  role: 'user' | 'assistant'
  text: string
  /** In milliseconds since 1970. */
  createdAt: number
}

export interface SearchSource {
  hit: SaidSource
  before: readonly SaidSource[]
  after: readonly SaidSource[]
  threadTitle?: string | undefined
}

/** The body of `GET /api/memory/search`. */
export function toSearchResult(
  found: readonly SearchSource[],
  {
    query,
    scope,
    type,
  }: { query: string; scope: 'thread' | 'resource'; type: 'semantic' | 'text' | 'hybrid' },
): Record<string, unknown> {
  const results = found.map(({ hit, before, after, threadTitle }) => ({
    ...toSaid(hit),
    threadId: hit.threadId,
    ...(threadTitle !== undefined && { threadTitle }),
    context: { before: before.map(toSaid), after: after.map(toSaid) },
  }))
  return { results, count: results.length, query, searchType: type, searchScope: scope }
}

function toSaid({ messageId, role, text, createdAt }: SaidSource): Record<string, unknown> {
  return { id: messageId, role, content: text, createdAt: new Date(createdAt).toISOString() }
}
