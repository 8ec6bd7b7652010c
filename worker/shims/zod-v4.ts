import * as all from 'zod'

/**
 * zod as `import { z } from 'zod/v4'` gives it, less what schemas are seldom made of: taken whole it is larger than
 * everything else in the Worker, and the AI SDK's providers take it whole. A namespace's members are resolved one by
 * one, so what is not listed is left out of the bundle (docs/decisions/0002, 0018).
 */
const listed = {
  ZodType: all.ZodType,
  any: all.any,
  array: all.array,
  bigint: all.bigint,
  boolean: all.boolean,
  catch: all.catch,
  coerce: all.coerce,
  custom: all.custom,
  date: all.date,
  discriminatedUnion: all.discriminatedUnion,
  email: all.email,
  enum: all.enum,
  instanceof: all.instanceof,
  int: all.int,
  intersection: all.intersection,
  iso: all.iso,
  json: all.json,
  lazy: all.lazy,
  literal: all.literal,
  looseObject: all.looseObject,
  never: all.never,
  null: all.null,
  nullable: all.nullable,
  nullish: all.nullish,
  number: all.number,
  object: all.object,
  optional: all.optional,
  parse: all.parse,
  parseAsync: all.parseAsync,
  partialRecord: all.partialRecord,
  pipe: all.pipe,
  prefault: all.prefault,
  preprocess: all.preprocess,
  readonly: all.readonly,
  record: all.record,
  refine: all.refine,
  safeParse: all.safeParse,
  safeParseAsync: all.safeParseAsync,
  strictObject: all.strictObject,
  string: all.string,
  superRefine: all.superRefine,
  toJSONSchema: all.toJSONSchema,
  transform: all.transform,
  tuple: all.tuple,
  undefined: all.undefined,
  union: all.union,
  unknown: all.unknown,
  url: all.url,
  uuid: all.uuid,
  void: all.void,
}

/** Who asks for more learns at once how to get it: an app takes what it wants by `import * as z from 'zod'`. */
export const z: typeof listed = new Proxy(listed, {
  get: (target, name, receiver) => {
    if (typeof name === 'string' && !(name in target))
      throw new TypeError(
        `z.${name} is left out of 'zod/v4' here: write import * as z from 'zod', where everything is (where a package asks for it: take the alias of zod/v4 out of wrangler.toml)`,
      )
    return Reflect.get(target, name, receiver)
  },
})

export * from 'zod'
