import type { JsonObject, JsonValue } from '../protocol/json.ts'
import { isRecord } from '../protocol/json.ts'
import { fromJsonSchema } from '../schema/json-schema.ts'
import type { Schema } from '../schema/schema.ts'
import { toJsonSchema } from '../schema/schema.ts'
import type { Tool } from '../tools/tool.ts'
import { createTool } from '../tools/tool.ts'
import type { WorkingMemorySettings } from './memory-options.ts'
import type { WorkingChange } from './working.ts'
import { MAX_WORKING } from './working.ts'

/** The name that the model calls it by. */
export const WORKING_TOOL = 'updateWorkingMemory'

/**
 * The tool by which an agent keeps its working memory.
 *
 * **Contract:** `change` is durable when it returns, and may be called again with the same id. What it throws the
 * model reads.
 */
export function createWorkingTool(
  settings: WorkingMemorySettings,
  change: (change: WorkingChange) => void | Promise<void>,
): Tool {
  const { description, memory } = describe(settings)
  const isText = settings.schema === undefined
  return createTool({
    id: WORKING_TOOL,
    description,
    inputSchema: fromJsonSchema({
      type: 'object',
      properties: { memory },
      required: ['memory'],
      additionalProperties: false,
    }),
    // A change is known by its key and made once.
    effect: 'retry',
    execute: async (input, { idempotencyKey: id }) => {
      const said = isRecord(input) ? input['memory'] : undefined
      if (JSON.stringify(said).length > MAX_WORKING)
        throw new RangeError(`memory is over ${MAX_WORKING} characters`)
      if (isText) await change({ id, type: 'set', content: String(said) })
      // It fits the schema, which is that of an object.
      else if (isRecord(said)) await change({ id, type: 'merge', patch: said as JsonObject })
      return { success: true }
    },
  })
}

interface Description {
  description: string
  memory: JsonObject
}

const descriptions = new WeakMap<WorkingMemorySettings, Description>()

/** Made once: it is in every prompt. */
function describe(settings: WorkingMemorySettings): Description {
  const known = descriptions.get(settings)
  if (known) return known
  const { schema } = settings
  const made: Description =
    schema === undefined
      ? {
          description:
            'Rewrite the working memory: the notes in the system message, whole, with what was learned added or corrected',
          memory: { type: 'string', description: 'The notes, whole, as Markdown' },
        }
      : {
          description:
            'Update the working memory: send only the fields that are new or have changed; null removes a field',
          memory: partial('~standard' in schema ? toJsonSchema(schema as Schema) : (schema as JsonObject)),
        }
  descriptions.set(settings, made)
  return made
}

/** The schema with every field optional, and null allowed where a field may be taken away. */
function partial(schema: JsonObject): JsonObject {
  const { properties, required: _, $schema: __, ...rest } = schema
  if (!isRecord(properties)) return schema
  const fields = Object.entries(properties).map(([key, field]): [string, JsonValue] => {
    // A schema of JSON is JSON throughout.
    const own = isRecord(field) ? partial(field as JsonObject) : true
    return [key, { anyOf: [own, { type: 'null' }] }]
  })
  return { ...rest, properties: Object.fromEntries(fields) }
}
