import { redactSecrets } from './redact.ts'

/** What was thrown, as it may be kept and shown: never a stack, never a secret. */
export interface Thrown {
  name: string
  message: string
  code?: string
}

/** Longer words are somebody's page or payload. */
const MAX_LENGTH = 10_000

/** Anything may be thrown, and libraries do throw plain objects. Never throws itself. */
export function readThrown(thrown: unknown): Thrown {
  try {
    if (typeof thrown !== 'object' || thrown === null)
      return { name: 'Error', message: clean(String(thrown)) }
    const { name, message, code }: { name?: unknown; message?: unknown; code?: unknown } = thrown
    const own = thrown instanceof Error && typeof name === 'string' && name !== '' ? name : 'Error'
    const words = typeof message === 'string' ? message : (JSON.stringify(message ?? thrown) ?? own)
    return { name: own, message: clean(words), ...(typeof code === 'string' && { code }) }
  } catch {
    return { name: 'Error', message: 'What was thrown cannot be read' }
  }
}

/** Its words; its name if it has none. */
export function errorText(thrown: unknown): string {
  const { name, message } = readThrown(thrown)
  return message || name
}

function clean(text: string): string {
  return redactSecrets(text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text)
}
