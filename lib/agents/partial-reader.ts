import type { JsonValue } from '../protocol/json.ts'
import type { OutputSchema } from './output-schema.ts'
import { createPartialParser } from './structured-output.ts'

/**
 * Reads the object that an answer comes to from its whole text so far, asked again with each piece. A text that does
 * not continue the last one is another step's.
 */
export function createPartialReader(schema: OutputSchema): (text: string) => JsonValue | undefined {
  let parser = createPartialParser(schema)
  let read = ''
  return (text) => {
    if (!text.startsWith(read)) {
      parser = createPartialParser(schema)
      read = ''
    }
    const partial = parser.push(text.slice(read.length))
    read = text
    return partial?.object
  }
}
