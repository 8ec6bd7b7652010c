/** Where a schema of zod 3 would become JSON Schema. What reads its dozens of types is in no Worker: zod 4 is asked for. */
export function zod3ToJsonSchema(): never {
  throw new TypeError('Cannot read a schema of zod 3: make it with zod 4')
}
