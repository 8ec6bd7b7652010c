import type { NewId } from './id.ts'

/** Where a run is: the object that holds it, and its turn there. */
export interface RunPlace {
  address: string
  turn: number
}

/**
 * A run's id: random, its turn, and the name of the object that holds it, so that whoever has the id alone can reach
 * it, to answer what the run asks.
 */
export function mintRunId(newId: NewId, { address, turn }: RunPlace): string {
  return `${newId('run')}.${turn.toString(36)}.${toBase64Url(address)}`
}

/** Undefined if the id is not one that {@link mintRunId} made. */
export function placeOfRun(runId: string): RunPlace | undefined {
  const [, turn, encoded] = /^[^.]+\.([0-9a-z]+)\.([\w-]+)$/.exec(runId) ?? []
  if (turn === undefined || encoded === undefined) return undefined
  try {
    const address = fromBase64Url(encoded)
    return toBase64Url(address) === encoded ? { address, turn: Number.parseInt(turn, 36) } : undefined
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
