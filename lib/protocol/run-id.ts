import { workflowRunAddress, workflowRunSpace } from './address.ts'
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

/** The id of a workflow's run, which carries its address as {@link mintRunId}'s does. */
export function mintWorkflowRunId(newId: NewId, boundTo: string | undefined, workflowId: string): string {
  const name = newId('run')
  return `${name}.0.${toBase64Url(workflowRunAddress(boundTo, workflowId, name))}`
}

/**
 * Where a workflow's run is, whoever chose its id. Undefined if the id leads to another workflow, or to a run that
 * this caller may not reach.
 */
export function addressOfWorkflowRun(
  boundTo: string | undefined,
  workflowId: string,
  runId: string,
): string | undefined {
  const place = placeOfRun(runId)
  // An id that somebody chose may have the shape of ours by chance: then what it holds is no name of an object.
  if (!place || !ADDRESS.test(place.address)) return workflowRunAddress(boundTo, workflowId, runId)
  return place.address.startsWith(workflowRunSpace(boundTo, workflowId)) ? place.address : undefined
}

/** The workflow that an id of ours leads to. */
export function workflowOfRun(runId: string): string | undefined {
  const [, encoded, run] = placeOfRun(runId)?.address.split('/') ?? []
  if (encoded === undefined || run === undefined) return undefined
  try {
    return decodeURIComponent(encoded)
  } catch {
    return undefined
  }
}

/**
 * The id of a run that another starts: always the same for one attempt of a step at its place, and another's where the
 * run that starts it was deleted and begun again under its id. It leads into the space of that run. Of a run in memory,
 * which has no address, it is only a name.
 */
export function childRunId(
  parent: { runId: string; createdAt: number; address: string | undefined; path: string; attempt: number },
  workflowId: string,
): string {
  const { runId, createdAt, address, attempt } = parent
  const path = parent.path.replaceAll('/', '_')
  if (address === undefined) return `${runId}~${path}~${attempt}`
  const [space = '', ...names] = address.split('/')
  const name = [...names.map(decodeURIComponent), createdAt.toString(36), path, attempt].join('~')
  const child = `${space}/${encodeURIComponent(workflowId)}/${encodeURIComponent(name)}`
  return `child.0.${toBase64Url(child)}`
}

/** The object of such a run. @throws TypeError for another id. */
export function addressOfChild(runId: string): string {
  const place = placeOfRun(runId)
  if (place) return place.address
  throw new TypeError(`Cannot find run "${runId}": its id says no object`)
}

/** Addresses have parts, and are written in ASCII. */
const ADDRESS = /^[!-~]+\/[!-~]*$/

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
