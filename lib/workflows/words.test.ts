import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { JsonValue } from '../protocol/json.ts'
import type { RunEvent } from '../protocol/run-event.ts'
import { cloneStep, createStep } from './step.ts'
import { runWords, stepIdOf } from './words.ts'
import { createWorkflow } from './workflow.ts'

const count = z.object({ n: z.number() })
const echo = createStep({
  id: 'echo',
  inputSchema: count,
  outputSchema: count,
  execute: ({ inputData }) => inputData,
})
const inner = createWorkflow({ id: 'inner', inputSchema: count, outputSchema: count })
  .then(echo)
  .sleep(1)
  .commit()
const flow = createWorkflow({ id: 'flow', inputSchema: count })
  .then(echo)
  .sleep(1)
  .then(inner)
  .waitForEvent('go', { schema: count })
  .parallel([cloneStep(echo, { id: 'beside' })])
  .commit()

const path = fc.constantFrom('0', '1', '2', '2/0', '2/1', '3', '4.0')
const at = fc.oneof(
  fc.constant(1_750_000_000_000),
  fc.integer({ min: 1_749_000_000_000, max: 1_751_000_000_000 }),
)
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as JsonValue)
const object = fc.dictionary(fc.string(), json)
const attempt = fc.integer({ min: 1, max: 3 })
const error = fc.record({ name: fc.constant('Error'), message: fc.string() })
const runId = fc.string({ minLength: 1 })
const yes = fc.constant(true as const)

/** The keys that are always there. */
const some = (keys: string[]) => ({ requiredKeys: keys }) as never

/** Of each type, with and without all that may be left out. */
function event(): fc.Arbitrary<RunEvent> {
  const of = <Type extends string>(type: Type) => ({ type: fc.constant(type), at })
  const step = <Type extends string>(type: Type) => ({ ...of(type), path, stepId: fc.constant('') })
  const base = ['type', 'at', 'path', 'stepId']
  const events = [
    fc.record({ ...of('run-start'), runId, workflowId: runId, input: json }),
    fc.record({ ...step('step-start'), attempt }),
    fc.record({ ...step('step-start'), attempt, isResumed: yes, resumeData: json }),
    fc.record({ ...step('step-start'), attempt, isResumed: yes, eventId: runId }),
    fc.record({ ...step('step-result'), output: json, state: object, isBail: yes }, some(base)),
    fc.record({ ...step('step-fail'), error, state: object }, some([...base, 'error'])),
    fc.record({ ...step('step-retry'), error, due: at }),
    fc.record(
      { ...step('step-suspend'), payload: json, label: runId, contextKeys: fc.array(runId) },
      some([...base, 'payload']),
    ),
    fc.record({ ...step('event-wait'), attempt, event: runId, due: at }, some([...base, 'attempt', 'event'])),
    fc.record({ ...of('event-received'), eventId: runId, event: runId, data: json }),
    fc.record({ ...step('child-start'), attempt, runId, workflowId: runId }),
    fc.record({ ...step('child-status'), runId, status: fc.constantFrom('running', 'suspended', 'waiting') }),
    fc.record({ ...step('sleep-start'), due: at }),
    fc.record({ ...of('flow-enter'), path, input: json }, some(['type', 'at', 'path'])),
    fc.record({ ...of('branch-decision'), path, chosen: fc.array(fc.nat(3)) }),
    fc.record({ ...of('loop-decision'), path, isAgain: fc.boolean() }),
    fc.record({ ...of('run-resume'), perStep: yes }, some(['type', 'at'])),
    ...(['run-suspend', 'run-wait', 'run-pause', 'run-recover', 'run-restart', 'run-cancel'] as const).map(
      (type) => fc.record(of(type)),
    ),
    fc.record({ ...of('run-travel'), path, input: json, state: object }, some(['type', 'at', 'path'])),
    fc.record({ ...of('run-compensate'), status: fc.constant('failed'), error }),
    fc.record({ ...step('compensate-start'), attempt }),
    fc.record(step('compensate-result')),
    fc.record({ ...step('compensate-retry'), error, due: at }),
    fc.record({ ...step('compensate-fail'), error }),
    fc.record({ ...of('run-end'), status: fc.constant('success'), result: json }),
    fc.record({ ...step('step-progress'), data: json }).map(({ at: _at, ...rest }) => rest),
  ]
  // Proof of the cast: each is spelled out above as its type is.
  return fc.oneof(...(events as fc.Arbitrary<unknown>[])).map((made) => {
    const one = made as RunEvent
    return 'stepId' in one ? { ...one, stepId: stepIdOf(flow, one.path) } : one
  })
}

describe('the words of a run', () => {
  it('come out of a row as they went in, with their places, whatever a row holds', () => {
    const words = runWords(() => flow)
    fc.assert(
      fc.property(fc.array(event(), { minLength: 1, maxLength: 12 }), fc.nat(20), (events, start) => {
        const body = words.pack(events)
        const row = { generation: 2, attempt: 0, start, end: start + events.length, body }
        const kept = events.flatMap((said, i) =>
          said.type === 'step-progress'
            ? []
            : [{ event: said, offset: { generation: 2, attempt: 0, position: start + i + 1 } }],
        )
        expect(words.unpack(row as never, start)).toEqual(kept)
      }),
      { numRuns: 300 },
    )
  })
})
