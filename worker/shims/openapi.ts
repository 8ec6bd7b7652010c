import { EdgewiseError } from '../../lib/protocol/error.ts'

/** The API document is a file of `assets/`, which the platform serves before it asks the Worker (docs/decisions/0020). */
export function openApi(): () => never {
  return () => {
    throw new EdgewiseError(
      'not_found',
      'The API document is assets/api/openapi.json: wrangler.toml needs [assets] to serve it',
    )
  }
}
