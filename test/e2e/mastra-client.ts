import { MastraClient, RequestContext } from '@mastra/client-js'
import { contextOf } from './client.ts'
import type { World } from './kit.ts'

type Agent = ReturnType<MastraClient['getAgent']>
type Streamed = Awaited<ReturnType<Agent['stream']>>

/** A chunk as that client hands it over. */
export interface MastraChunk {
  type: string
  runId: string
  payload: Record<string, unknown>
  object?: unknown
}

/** Mastra's own client, as it is published. */
export function openMastra(
  { url }: Pick<World, 'url'>,
  options: { fetch?: typeof fetch } = {},
): MastraClient {
  return new MastraClient({ baseUrl: url, backoffMs: 1, ...options })
}

/** What a stream said, chunk by chunk. `onChunk` is told of each as it comes. */
export async function chunksOf(
  response: Pick<Streamed, 'processDataStream'>,
  onChunk: (chunk: MastraChunk) => void = () => undefined,
): Promise<MastraChunk[]> {
  const chunks: MastraChunk[] = []
  await response.processDataStream({
    onChunk: async (chunk) => {
      // Their union of some sixty chunks; tests look at what they expect.
      const said = JSON.parse(JSON.stringify(chunk)) as MastraChunk
      chunks.push(said)
      onChunk(said)
    },
  })
  return chunks
}

/** The types in order, a run of the same one once. */
export function typesOf(chunks: readonly MastraChunk[]): string[] {
  return chunks.map(({ type }) => type).filter((type, i, all) => type !== all[i - 1])
}

export function textOf(chunks: readonly MastraChunk[]): string {
  return chunks.map(({ type, payload }) => (type === 'text-delta' ? String(payload['text']) : '')).join('')
}

export function payloadOf(chunks: readonly MastraChunk[], type: string): Record<string, unknown> {
  const found = chunks.find((chunk) => chunk.type === type)
  if (!found) throw new Error(`There is no ${type} among ${typesOf(chunks).join(', ')}`)
  return found.payload
}

/** What a failed call of that client says: the status, and the body as it stands. */
export async function refusal(asked: Promise<unknown>): Promise<{ status: unknown; body: unknown }> {
  try {
    await asked
  } catch (error) {
    const { status, body } = error as { status?: unknown; body?: unknown }
    return { status, body }
  }
  throw new Error('It was not refused')
}

/** The request context for the test app's tools and models. */
export function requestContextOf(world: Pick<World, 'url' | 'sink' | 'model'>): RequestContext {
  return new RequestContext(Object.entries(contextOf(world)))
}
