import * as z from 'zod'
import type { MemoryOverrides } from '../../lib/memory/memory-options.ts'
import { id, withoutUndefined } from '../schemas.ts'

const scope = z.enum(['thread', 'resource']).optional()
const neighbours = z.int().min(0).max(100)

const semanticRecall = z.union([
  z.boolean(),
  z.strictObject({
    topK: z.int().min(1).max(100).optional(),
    messageRange: z.union([neighbours, z.strictObject({ before: neighbours, after: neighbours })]).optional(),
    scope,
    threshold: z.number().min(0).max(1).optional(),
    hybrid: z.boolean().optional(),
  }),
])

const workingMemory = z
  .strictObject({
    enabled: z.boolean(),
    scope,
    template: z.string().min(1).max(50_000).optional(),
    schema: z
      .record(z.string(), z.json())
      .refine(({ type }) => type === 'object', 'must be the JSON Schema of an object')
      .optional(),
  })
  .refine(({ template, schema }) => !template || !schema, 'must have a template or a schema, not both')

export const memoryOptions = z.looseObject({
  lastMessages: z.union([z.int().min(0), z.literal(false)]).optional(),
  semanticRecall: semanticRecall.optional(),
  workingMemory: workingMemory.optional(),
  generateTitle: z.boolean().optional(),
  readOnly: z.boolean().optional(),
})

/** What a request asks of its agent's memory, as Mastra's client sends it. */
export const memoryField = z.looseObject({
  thread: z.union([id, z.looseObject({ id })]).optional(),
  resource: id.optional(),
  readOnly: z.boolean().optional(),
  options: memoryOptions.optional(),
})

type MemoryField = z.infer<typeof memoryField>

/** Undefined if nothing is asked for. */
export function readMemoryOverrides({ options = {} }: MemoryField = {}): MemoryOverrides | undefined {
  const { lastMessages, generateTitle, semanticRecall: recall, workingMemory: working } = options
  const overrides: MemoryOverrides = {
    ...withoutUndefined({ lastMessages, generateTitle }),
    ...(recall !== undefined && {
      semanticRecall: typeof recall === 'boolean' ? recall : withoutUndefined(recall),
    }),
    ...(working && { workingMemory: withoutUndefined(working) }),
  }
  return Object.keys(overrides).length > 0 ? overrides : undefined
}

/** The thread is read, and nothing of the turn is kept on it. */
export function isReadOnly({ readOnly, options }: MemoryField = {}): boolean {
  return readOnly ?? options?.readOnly ?? false
}
