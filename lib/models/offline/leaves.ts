import { choicesOf, propertiesOf, shapesOf, textOf } from './schema.ts'
import type { Schema, Shape } from './schema.ts'
import { contentOf, isStop, namesOf, wordsOf } from './words.ts'

/** A value to be found: a property that is no plain object, with the words that may announce it. */
export interface Leaf {
  /** Its property names from the root, as one key. */
  readonly path: string
  readonly name: string
  /** The stems of its name. */
  readonly stems: readonly string[]
  /** The stems of its description. */
  readonly about: readonly string[]
  readonly shapes: readonly Shape[]
  /** Whether it and all that hold it are required. */
  readonly required: boolean
}

/** The leaves below a schema, required ones first. Of several object branches the one the text names is taken. */
export function leavesOf(schema: unknown, root: Schema, text: string): Leaf[] {
  const found = collect(branchOf(shapesOf(schema, root), text), '', text, true, 0)
  return [...found.filter(({ required }) => required), ...found.filter(({ required }) => !required)]
}

/** The branch of a union whose constants, names or title share most words with the text; the first wins a tie. */
export function branchOf(shapes: readonly Shape[], text: string): Shape | undefined {
  const said = new Set(wordsOf(text).map((word) => word.stem))
  let best: Shape | undefined
  let most = -1
  for (const shape of shapes) {
    const tags = propertiesOf(shape).flatMap(({ name, schema }) => [
      ...shapesOf(schema, shape.root).flatMap((inner) =>
        (choicesOf(inner) ?? []).map(String).flatMap(namesOf),
      ),
      ...namesOf(name),
    ])
    const score = new Set([...tags, ...namesOf(textOf(shape.schema['title']))].filter((tag) => said.has(tag)))
      .size
    if (score > most) [best, most] = [shape, score]
  }
  return best
}

function collect(
  shape: Shape | undefined,
  path: string,
  text: string,
  required: boolean,
  depth: number,
): Leaf[] {
  if (!shape || depth > 4) return []
  return propertiesOf(shape).flatMap((property) => {
    const shapes = shapesOf(property.schema, shape.root)
    const inner = `${path}/${property.name}`
    const needed = required && property.required
    const objects = shapes.filter(({ type }) => type === 'object')
    if (objects.length > 0 && objects.every((one) => propertiesOf(one).length > 0)) {
      return collect(branchOf(objects, text), inner, text, needed, depth + 1)
    }
    const about = [
      ...new Set(shapes.map(({ schema }) => `${textOf(schema['title'])} ${textOf(schema['description'])}`)),
    ]
    const stems = namesOf(property.name).filter((stem) => !isStop(stem))
    return [
      {
        path: inner,
        name: property.name,
        stems: stems.length > 0 ? stems : namesOf(property.name),
        about: contentOf(about.join(' ')),
        shapes,
        required: needed,
      },
    ]
  })
}
