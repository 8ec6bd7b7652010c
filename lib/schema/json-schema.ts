import type { JsonObject } from '../protocol/json.ts'
import { toJson } from '../protocol/json.ts'
import { checkJson } from './check-json.ts'
import type { Schema } from './schema.ts'

/** A JSON Schema as what describes a value everywhere here: for tools that come with a request, as JSON. */
export function fromJsonSchema(schema: JsonObject): Schema {
  const converter = { input: () => schema, output: () => schema }
  const standard: Schema['~standard'] & { jsonSchema: typeof converter } = {
    version: 1,
    vendor: 'json-schema',
    validate: (value) => {
      const issues = checkJson(schema, toJson(value))
      // A field is told whole, as a path of one key.
      return issues.length === 0
        ? { value }
        : { issues: issues.map(({ field, message }) => ({ message, path: field === '' ? [] : [field] })) }
    },
    jsonSchema: converter,
  }
  return { '~standard': standard }
}
