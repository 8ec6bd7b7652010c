import { Agent, Edgewise, Memory } from 'edgewise'
import { objects } from '../../durable-objects/objects.ts'
import { packEvents } from '../../lib/log/row.ts'
import { vectorId } from '../../lib/memory/place.ts'
import { createOfflineEmbedder } from '../../lib/models/offline/embedder.ts'
import { resourceShard, threadAddress } from '../../lib/protocol/address.ts'
import type { Message } from '../../lib/protocol/message.ts'
import { runtimeOf } from '../../lib/runtime/create.ts'
import type { StoredTurn } from '../../lib/threads/erase-messages.ts'
import { MEMORY_URL } from '../../lib/threads/memory-call.ts'
import { serve } from '../../worker/serve.ts'
import type { Env } from '../../worker/env.ts'

const instructions = 'You are a helper. Keep answers short.'
const workingMemory = { enabled: true }

const app: Edgewise = new Edgewise({
  agents: {
    helper: new Agent({ name: 'Helper', instructions }),
    /** With all that memory has to fetch, and an embedder that costs no network. */
    rememberer: new Agent({
      name: 'Rememberer',
      instructions,
      memory: new Memory({ embedder: 'offline', options: { semanticRecall: true, workingMemory } }),
    }),
    /** The same by vectors alone. */
    wordless: new Agent({
      name: 'Wordless',
      instructions,
      memory: new Memory({
        embedder: 'offline',
        options: { semanticRecall: { hybrid: false }, workingMemory },
      }),
    }),
  },
})
const worker = serve(app)

export const { Thread, Run, Store } = objects(app)

const VECTORS_AT_ONCE = 500

/**
 * `GET /bench/fill/:thread/:count` makes a thread of so many messages, each in the index of its owner; `/bench/index/`
 * puts others into the index alone.
 */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const [, what, threadId, count] =
      /^\/bench\/(fill|index)\/([^/]+)\/(\d+)$/.exec(new URL(request.url).pathname) ?? []
    if (threadId === undefined) return worker.fetch(request, env)
    const messages = Array.from({ length: Number(count) }, (_, i) => toMessage(i))
    if (what === 'fill') await pasteThread(env, threadId, messages)
    await fillIndex(
      env,
      threadId,
      messages,
      what === 'fill' ? 0 : crypto.getRandomValues(new Uint32Array(1))[0],
    )
    return Response.json({ messages: messages.length })
  },
}

function toMessage(i: number): Message {
  const text = `Message ${i} speaks of subject ${i % 97} and of matter ${i % 89}, in some words more.`
  return {
    id: `m${i}`,
    role: i % 2 === 0 ? 'user' : 'assistant',
    parts: [{ type: 'text', text }],
    createdAt: i + 1,
  }
}

async function pasteThread(env: Env, threadId: string, messages: readonly Message[]): Promise<void> {
  const address = threadAddress(undefined, threadId)
  const turns = messages.map((message, i): StoredTurn => {
    const turn = i + 1
    const body = packEvents([{ type: 'message', message }])
    return {
      record: {
        turn,
        runId: '',
        agentId: '',
        messageId: message.id,
        inputId: message.role === 'user' ? message.id : '',
        resourceId: threadId,
        runtimeContext: {},
        createdAt: message.createdAt,
        generations: [turn],
        isSaved: true,
      },
      rows: [{ turn, generation: turn, attempt: 0, start: 0, end: 1, body }],
    }
  })
  const paste = { address, threadId, resourceId: threadId, title: '', metadata: {}, turns }
  const body = JSON.stringify({ type: 'paste', request: paste, changeId: crypto.randomUUID() })
  const response = await env.THREAD.getByName(address).fetch(MEMORY_URL, { method: 'POST', body })
  if (!response.ok) throw new Error(`Cannot fill the thread: ${await response.text()}`)
}

async function fillIndex(env: Env, threadId: string, messages: readonly Message[], turn = 0): Promise<void> {
  const address = threadAddress(undefined, threadId)
  const vectors = runtimeOf(app, env).vectors(resourceShard(threadId))
  const embedder = createOfflineEmbedder()
  await vectors.createIndex('messages/offline-256', { dimension: 256 })
  for (let at = 0; at < messages.length; at += VECTORS_AT_ONCE) {
    const slice = messages.slice(at, at + VECTORS_AT_ONCE)
    const values = slice.map(({ parts: [part] }) => (part?.type === 'text' ? part.text : ''))
    const { embeddings } = await embedder.doEmbed({ values })
    await vectors.upsert(
      'messages/offline-256',
      slice.map(({ id: messageId, role, createdAt }, i) => ({
        id: vectorId({ address, turn: turn + at + i + 1, index: role === 'assistant' ? 1 : 0 }),
        vector: embeddings[i] ?? [],
        metadata: { address, threadId, messageId, role, text: values[i] ?? '', createdAt },
      })),
    )
  }
}
