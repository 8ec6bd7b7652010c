import { createUpstashDocuments } from '../lib/storage/adapters/upstash-documents.ts'
import { createUpstashKeyValue } from '../lib/storage/adapters/upstash-key-value.ts'
import { connectRedis } from '../lib/storage/adapters/upstash-redis.ts'
import { createUpstashVectors } from '../lib/storage/adapters/upstash-vectors.ts'
import type { Document } from '../lib/storage/documents.ts'
import { wait } from '../lib/streams/wait.ts'
import { hasRedisServer } from '../test/fixtures/upstash/redis-process.ts'
import type { UpstashRedisServer } from '../test/fixtures/upstash/redis-server.ts'
import { startUpstashRedis } from '../test/fixtures/upstash/redis-server.ts'
import { startUpstashVector } from '../test/fixtures/upstash/vector-server.ts'
import type { Bench, Finding } from './run/report.ts'
import { kib } from './run/report.ts'

const TIMES = 50
const SERVICES = { wait, random: Math.random }
/** As many numbers as OpenAI's small embeddings have. */
const DIMENSION = 1536

/** What Upstash bills is commands, what a reader waits for is requests one after the other. */
export const upstash: Bench = {
  name: 'upstash',
  about:
    'requests, commands and bytes of an operation on Upstash Redis and Vector (stand-ins on the loopback)',
  run: async function* () {
    if (hasRedisServer) yield* measureRedis()
    else yield { what: 'Redis', found: 'not measured: no redis-server is installed' }
    yield* measureVector()
  },
}

async function* measureRedis(): AsyncGenerator<Finding> {
  const server = await startUpstashRedis()
  try {
    const redis = connectRedis(server, SERVICES)
    const documents = createUpstashDocuments(redis, 'resource/ann')
    const values = createUpstashKeyValue(redis, 'resource/ann', Date.now)
    await documents.put('thread:-/t', ...Array.from({ length: 200 }, (_, at) => message(at)))
    await documents.put('threads:-', ...Array.from({ length: 1000 }, (_, at) => thread(at)))
    await values.set('warm', 1)
    const last = { by: 'seq', order: 'descending', limit: 10 } as const
    const operations: [string, (round: number) => Promise<unknown>][] = [
      ['save a message on a thread of 200', (round) => documents.put('thread:-/t', message(200 + round))],
      ['save ten messages at once', (round) => documents.put('thread:-/u', ...tenOf(round))],
      ['last 10 messages of 200', () => documents.query('thread:-/t', last)],
      [
        '10 of 1,000 threads, with their number',
        () => documents.query('threads:-', { ...last, withTotal: true }),
      ],
      ['one document', () => documents.get('threads:-', 'id-7')],
      ['set a value with a time to live', (round) => values.set(`k${round}`, { round }, { ttlMs: 60_000 })],
      ['get ten values', () => values.getMany(Array.from({ length: 10 }, (_, at) => `k${at}`))],
    ]
    for (const [what, work] of operations) yield await measure(server, what, work)
  } finally {
    await server.close()
  }
}

async function* measureVector(): AsyncGenerator<Finding> {
  const server = await startUpstashVector({ dimension: DIMENSION })
  try {
    const vectors = createUpstashVectors(server, SERVICES)
    await vectors.createIndex('a', { dimension: DIMENSION })
    const vector = Array.from({ length: DIMENSION }, () => Math.random() * 2 - 1)
    const metadata = { threadId: 't', text: 'x'.repeat(200) }
    const upsert = (round: number) => vectors.upsert('a', [{ id: `${round}`, vector, metadata }])
    yield await measure(server, `upsert a vector of ${DIMENSION} numbers`, upsert)
    const filter = { threadId: 't' }
    yield await measure(server, 'the 10 nearest, by a filter', () =>
      vectors.query('a', { vector, topK: 10, filter }),
    )
  } finally {
    await server.close()
  }
}

interface Counting {
  heard: { bytesIn: number; bytesOut: number }[]
  commands?: UpstashRedisServer['commands']
}

async function measure(
  server: Counting,
  what: string,
  work: (round: number) => Promise<unknown>,
): Promise<Finding> {
  await work(0)
  server.heard.length = 0
  const begun = performance.now()
  for (let round = 1; round <= TIMES; round += 1) await work(round)
  const ms = (performance.now() - begun) / TIMES
  const of = (sum: number): string => String(Math.round((sum / TIMES) * 10) / 10)
  const bytes = (key: 'bytesIn' | 'bytesOut'): string =>
    kib(server.heard.reduce((sum, request) => sum + request[key], 0) / TIMES)
  const commands = server.commands ? `${of(server.commands().length)} commands, ` : ''
  const found = `${of(server.heard.length)} requests, ${commands}${bytes('bytesIn')} sent, ${bytes('bytesOut')} got, ${ms.toFixed(1)} ms`
  return { what, found }
}

/** About as long as an answer is. */
function message(at: number): Document {
  const body = {
    id: `id-${at}`,
    role: 'assistant',
    parts: [{ type: 'text', text: 'word '.repeat(160) }],
    createdAt: at,
  }
  return { id: `id-${at}`, body, index: { seq: at }, version: 1 }
}

function tenOf(round: number): Document[] {
  return Array.from({ length: 10 }, (_, at) => message(round * 10 + at))
}

function thread(at: number): Document {
  const body = {
    threadId: `id-${at}`,
    resourceId: 'ann',
    title: 'What was said first',
    metadata: {},
    createdAt: at,
  }
  return { id: `id-${at}`, body, index: { seq: at, createdAt: at }, version: 1 }
}
