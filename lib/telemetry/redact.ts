/** Shapes of secrets that services print back: API keys, bearer tokens, JWTs. */
const SECRETS = [
  /\b(?:sk|pk|rk|ghp|gho|xox[abp])[-_][A-Za-z0-9*_-]{6,}/g,
  // These two are words as well: what follows must look random, which token_limit_exceeded does not.
  /\b(?:key|token)[-_](?=[A-Za-z_-]*[\d*])[A-Za-z0-9*_-]{6,}/g,
  /\bAIza[A-Za-z0-9_-]{20,}/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g,
  /\b(bearer)\s+[A-Za-z0-9._~+/=-]{8,}/gi,
]

/** The text with what looks like a secret replaced, for messages that reach logs, spans and clients. */
export function redactSecrets(text: string): string {
  return SECRETS.reduce((clean, pattern) => clean.replace(pattern, '[redacted]'), text)
}
