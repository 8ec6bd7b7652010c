/**
 * A value that a JSON Schema of the API document lets through, to start from: what must be there, and nothing else.
 * @param {Record<string, any>} schema
 * @param {Record<string, any>} components the document's named schemas
 * @param {number} [depth]
 * @returns {unknown}
 */
export function exampleOf(schema, components, depth = 0) {
  if (schema.$ref) {
    const named = components[schema.$ref.split('/').at(-1)]
    return named && depth < 8 ? exampleOf(named, components, depth + 1) : null
  }
  if (schema.examples?.length > 0) return schema.examples[0]
  if ('default' in schema) return schema.default
  if ('const' in schema) return schema.const
  if (schema.enum) return schema.enum[0]
  const [first] = schema.anyOf ?? schema.oneOf ?? schema.allOf ?? []
  if (first) return exampleOf(first, components, depth + 1)
  return exampleOfType(schema, components, depth)
}

/**
 * @param {Record<string, any>} schema
 * @param {Record<string, any>} components
 * @param {number} depth
 */
function exampleOfType(schema, components, depth) {
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  if (type === 'array')
    return schema.minItems > 0 ? [exampleOf(schema.items ?? {}, components, depth + 1)] : []
  if (type === 'integer' || type === 'number') return schema.minimum ?? 0
  if (type === 'boolean') return false
  if (type === 'null') return null
  if (type !== 'object') return ''
  const fields = (schema.required ?? []).map((/** @type {string} */ name) => [
    name,
    exampleOf(schema.properties?.[name] ?? {}, components, depth + 1),
  ])
  return Object.fromEntries(fields)
}
