import { createStep, createTool, createWorkflow } from 'edgewise'
import type { ToolRuntime } from 'edgewise'
import * as z from 'zod'

const SHARD = 'kept'

/** Writes one thing behind each port and reads all of it. */
async function keep({ documents, keyValue, vectors }: ToolRuntime, name: string) {
  await documents(SHARD).put('things', { id: name, body: { name }, index: {}, version: 1 })
  await keyValue(SHARD).set(name, name)
  const index = vectors(SHARD)
  await index.createIndex('near', { dimension: 2, metric: 'cosine' })
  await index.upsert('near', [{ id: name, vector: [1, 0], metadata: { name } }])
  const [match] = await index.query('near', { vector: [1, 0], topK: 1 })
  return {
    document: (await documents(SHARD).get('things', name))?.body['name'],
    value: await keyValue(SHARD).get(name),
    nearest: match?.id,
  }
}

export const keepTool = createTool({
  id: 'keep',
  description: 'Keeps a name',
  inputSchema: z.object({ name: z.string() }),
  effect: 'retry',
  execute: ({ name }, { runtime }) => keep(runtime, name),
})

/** By a step's own hand, and by a tool that is one. */
export const keeps = createWorkflow({ id: 'keeps' })
  .then(createStep({ id: 'step', execute: ({ runtime }) => keep(runtime, 'by step') }))
  .map(({ inputData }) => ({ name: 'by tool', before: inputData }))
  .then(createStep(keepTool))
  .commit()
