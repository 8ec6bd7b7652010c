import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import type { Needle } from '../../test/fixtures/needles.ts'
import { haystack, NEEDLES } from '../../test/fixtures/needles.ts'
import { createNodeSql } from '../../test/fixtures/node-sql.ts'
import { createOfflineEmbedder } from '../models/offline/embedder.ts'
import { createSqlVectors } from '../storage/adapters/sql-vectors.ts'
import type { Vectors } from '../storage/vectors.ts'
import { readOptions } from './memory-options.ts'
import { indexMessages } from './message-vectors.ts'
import { searchMessages } from './search-messages.ts'

const never = new AbortController().signal
const embedder = createOfflineEmbedder()
const HAY = 1000

it('recall finds names and numbers that vectors alone do not, as often as the page on memory says', async () => {
  const vectors = createSqlVectors(createNodeSql())
  const texts = [...haystack(HAY), ...NEEDLES.map(({ said }) => said)]
  await indexMessages(vectors, embedder, texts.map(toPlaced), never)
  const lines = [...Map.groupBy(NEEDLES, ({ kind }) => kind)].map(async ([kind, needles]) => {
    const [alone, hybrid] = [
      await countFound(vectors, needles, false),
      await countFound(vectors, needles, true),
    ]
    return `| ${kind} | ${alone} of ${needles.length} | ${hybrid} of ${needles.length} |`
  })
  const page = readFileSync(fileURLToPath(new URL('../../docs/memory.md', import.meta.url).href), 'utf8')
  const told = page.match(/^\|.* of \d+ .*\|$/gm)?.map((line) => line.replace(/ +/g, ' '))
  expect(told).toEqual(await Promise.all(lines))
})

async function countFound(vectors: Vectors, needles: readonly Needle[], hybrid: boolean): Promise<number> {
  const settings = readOptions({ semanticRecall: { hybrid } }).semanticRecall
  if (!settings) throw new TypeError('There is no recall')
  const found = needles.map(async ({ said, asked }) => {
    const request = {
      query: asked,
      address: '-/t',
      scope: 'resource' as const,
      limit: 4,
      settings,
      signal: never,
    }
    const { found: hits } = await searchMessages(vectors, embedder, request)
    return hits.some(({ hit }) => hit.text === said)
  })
  return (await Promise.all(found)).filter((isFound) => isFound).length
}

function toPlaced(text: string, turn: number): Parameters<typeof indexMessages>[2][number] {
  const message = {
    id: `m${turn}`,
    role: 'user' as const,
    parts: [{ type: 'text' as const, text }],
    createdAt: turn,
  }
  return { place: { address: '-/t', turn: turn + 1, index: 0 }, threadId: 't', message }
}
