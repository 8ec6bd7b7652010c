// Stands in for what decodes images while their answer comes in. Only the providers' image models ask for it, and none
// of them is in the Worker (docs/decisions/0019).

export function compileBinaryFieldPaths(): never {
  throw new TypeError('Cannot decode binary fields: take their alias out of wrangler.toml')
}

export const createJsonBinaryFieldScanner = compileBinaryFieldPaths
export const withBinaryFields = compileBinaryFieldPaths
