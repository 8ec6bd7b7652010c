import { expect, it } from 'vitest'
import { UNBOUND } from './tool-runtime.ts'

it.each([
  ['documents', () => UNBOUND.documents('s')],
  ['keyValue', () => UNBOUND.keyValue('s')],
  ['vectors', () => UNBOUND.vectors('s')],
  ['schedules', () => UNBOUND.schedules],
])('a tool of a bare definition is told that it has no %s', (what, reach) => {
  expect(reach).toThrow(
    new ReferenceError(
      `Cannot reach ${what}: what runs is not bound, take it from the runtime with app.getAgent() or app.getWorkflow()`,
    ),
  )
})
