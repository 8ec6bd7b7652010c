import type { RunTravel } from '../protocol/run-event.ts'
import { openNode } from './open-node.ts'
import type { OpenNode, RunState, Unit } from './run-state.ts'
import { placeOf, stepIdAt } from './run-state.ts'

/** The run has come to the place from which it goes on, and has what it is given there. */
export function arrive(run: RunState, { path, input, state, resumeData, suspendPayload }: RunTravel): void {
  if (state) run.state = state
  if (run.stepping) run.stepping = 'ready'
  // What the other run has done is that one's to make good.
  delete run.compensable
  // What was said to that one was not said to this.
  delete run.nonces
  const place = placeOf(run, path)
  if (!place) return
  const { flow, sub } = place
  if (!isPartOfNode(path)) {
    if (input !== undefined) {
      flow.value = input
      const definition = flow.definition.nodes[flow.index]
      if (definition) flow.replaced = stepIdAt(definition, 0)
    }
    const node = openNode(flow)
    if (node && resumeData !== undefined) node.given = { sub: 0, resumeData, suspendPayload }
    return
  }
  const node = openNode(flow)
  if (!node) return
  // What lies beside it and had not settled is begun with it, in its order.
  if (node.definition.type !== 'loop') node.next = 0
  node.given = { sub, input, resumeData, suspendPayload }
}

/** Whether a path means one of a node's places, and not the whole node. */
export function isPartOfNode(path: string): boolean {
  return /\.\d+$/.test(path)
}

/** A unit is begun with what was given for it in place of what came before. */
export function takeGiven(unit: Unit, node: OpenNode): void {
  const { given } = node
  if (given?.sub !== unit.sub) return
  delete node.given
  if (given.input !== undefined) unit.input = given.input
  if (given.suspendPayload !== undefined) unit.suspendPayload = given.suspendPayload
}
