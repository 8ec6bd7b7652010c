import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec'
import type { Issue } from '../protocol/error.ts'
import type { JsonObject } from '../protocol/json.ts'

/** What may describe a value: zod 4 or any library that speaks Standard Schema and Standard JSON Schema. */
export type Schema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output>

export type InferInput<Type extends Schema> = StandardSchemaV1.InferInput<Type>
export type InferOutput<Type extends Schema> = StandardSchemaV1.InferOutput<Type>

export type Parsed<Output> = { ok: true; value: Output } | { ok: false; issues: Issue[] }

/** The value as the schema makes it, or where it does not fit. */
export async function parse<Output>(
  schema: Schema<unknown, Output>,
  value: unknown,
): Promise<Parsed<Output>> {
  return toParsed(await schema['~standard'].validate(value))
}

/** The same at once, for those who cannot wait; undefined if the schema must, or fails while the app is still loaded. */
export function parseNow<Output>(
  schema: Schema<unknown, Output>,
  value: unknown,
): Parsed<Output> | undefined {
  try {
    const result = schema['~standard'].validate(value)
    if (!(result instanceof Promise)) return toParsed(result)
    void result.catch(() => undefined)
  } catch {
    // Somebody asks again, who can say so.
  }
  return undefined
}

function toParsed<Output>(result: StandardSchemaV1.Result<Output>): Parsed<Output> {
  if (!result.issues) return { ok: true, value: result.value }
  return { ok: false, issues: result.issues.map(toIssue) }
}

/**
 * The schema as JSON Schema (draft 7, which models are told). Of zod's, a date that is made from what comes is its text.
 *
 * @throws TypeError if the library cannot say it.
 */
export function toJsonSchema(schema: Schema, io: 'input' | 'output' = 'input'): JsonObject {
  const standard: StandardSchemaV1.Props & Partial<StandardJSONSchemaV1.Props> = schema['~standard']
  const converter = standard.jsonSchema
  if (!converter) {
    throw new TypeError(
      `Cannot describe a ${standard.vendor} schema: it has no JSON Schema (zod 4.2 and later have)`,
    )
  }
  // A JSON Schema is JSON by its definition.
  return converter[io]({
    target: 'draft-07',
    ...(standard.vendor === 'zod' && { libraryOptions: { unrepresentable: sayOtherwise(io) } }),
  }) as JsonObject
}

/** What zod hands over of a schema that JSON Schema has no words for. */
interface Unsaid {
  zodSchema: { def?: { type: string; coerce?: boolean } }
  path: readonly (string | number)[]
  message: string
}

/** A `z.date()` that takes nothing but dates is none: no JSON would ever fit. */
function sayOtherwise(io: 'input' | 'output'): (unsaid: Unsaid) => JsonObject {
  return ({ zodSchema, path, message }) => {
    const { type, coerce } = zodSchema.def ?? {}
    if (type === 'date' && (coerce || io === 'output')) return { type: 'string', format: 'date-time' }
    const where = path.length > 0 ? ` at ${path.join('.')}` : ''
    const mend = type === 'date' ? ': write z.coerce.date()' : ''
    throw new TypeError(`${message}${where}${mend}`)
  }
}

/** A field within another. */
export function joinField(base: string, field: string): string {
  if (field === '') return base
  return field.startsWith('[') ? `${base}${field}` : `${base}.${field}`
}

function toIssue({ message, path = [] }: StandardSchemaV1.Issue): Issue {
  let field = ''
  for (const segment of path) {
    const key = typeof segment === 'object' ? segment.key : segment
    if (typeof key === 'number') field += `[${key}]`
    else field += field === '' ? String(key) : `.${String(key)}`
  }
  return { field, message }
}
