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
  const address = fromBase64Url(encoded)
  return address === undefined ? undefined : { address, turn: Number.parseInt(turn, 36) }
}

/** Addresses are ASCII: their parts are percent-encoded. */
export function toBase64Url(text: string): string {
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Undefined if {@link toBase64Url} does not make it. */
export function fromBase64Url(encoded: string): string | undefined {
  try {
    const text = atob(encoded.replaceAll('-', '+').replaceAll('_', '/'))
    return toBase64Url(text) === encoded ? text : undefined
  } catch {
    return undefined
  }
}
