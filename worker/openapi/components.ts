import * as z from 'zod'
import type { JsonObject } from '../../lib/protocol/json.ts'

/**
 * Schemas of the document that have a name: those with `.meta({ id })`, and those that hold themselves. They are
 * gathered while schemas are described, so they are to be read last.
 */
export class Components {
  readonly schemas: JsonObject = {}
  readonly #names = new Map<string, string>()

  /** The schema as the document has it, its named parts as references. */
  describe(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
    const made = z.toJSONSchema(schema, { target: 'draft-2020-12', io, unrepresentable: 'any' })
    const names = new Map<string, string>()
    for (const [key, definition] of Object.entries(made.$defs ?? {})) {
      names.set(`#/$defs/${key}`, this.#nameOf(key, JSON.stringify(definition)))
    }
    // A JSON Schema is JSON by its definition; only its references change here.
    const {
      $schema: _,
      $defs = {},
      ...root
    }: Described = JSON.parse(JSON.stringify(made), (key, value) =>
      key === '$ref' && names.has(value) ? `#/components/schemas/${names.get(value)}` : value,
    )
    for (const [key, definition] of Object.entries($defs)) {
      this.schemas[names.get(`#/$defs/${key}`) ?? key] = definition
    }
    return root
  }

  /** zod numbers what has no name (`__schema0`) anew in each schema: the same definition keeps its first name here. */
  #nameOf(key: string, definition: string): string {
    if (!key.startsWith('__')) return key
    const shape = definition.replaceAll(`#/$defs/${key}`, '#')
    const name = this.#names.get(shape) ?? `Part${this.#names.size + 1}`
    this.#names.set(shape, name)
    return name
  }
}

type Described = JsonObject & { $schema?: string; $defs?: JsonObject }
