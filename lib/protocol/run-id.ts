import type { NewId } from './id.ts'

/**
 * A run's id: random, and after a dot the name of the object that holds the run, so that whoever has the id alone can
 * reach it, to answer what the run asks.
 */
export function mintRunId(newId: NewId, address: string): string {
  return `${newId('run')}.${toBase64Url(address)}`
}

/** The name of the object that holds the run; undefined if the id is not one that {@link mintRunId} made. */
export function addressOfRun(runId: string): string | undefined {
  const dot = runId.indexOf('.')
  if (dot < 0) return undefined
  try {
    const address = fromBase64Url(runId.slice(dot + 1))
    return toBase64Url(address) === runId.slice(dot + 1) ? address : undefined
  } catch {
    return undefined
  }
}

/** Addresses are ASCII: their parts are percent-encoded. */
function toBase64Url(text: string): string {
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function fromBase64Url(text: string): string {
  return atob(text.replaceAll('-', '+').replaceAll('_', '/'))
}
