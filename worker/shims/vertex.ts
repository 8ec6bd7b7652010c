// Stands in for what Gemini's model does for Vertex AI alone, which is another provider (docs/decisions/0019): it
// downloads the files of tool results, and puts together a call that comes in parts.

export function downloadToolResultFiles(): never {
  throw new TypeError('Cannot do what only Vertex AI needs: take its aliases out of wrangler.toml')
}

export { downloadToolResultFiles as GoogleJSONAccumulator }
