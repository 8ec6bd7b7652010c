import type { JsonObject } from '../../protocol/json.ts'
import type { ToolPart } from '../../protocol/message.ts'

export type WaitingPart = ToolPart & { state: 'waiting' }

/** What a person is asked about a call: the same in chunks, in answers and in a message's metadata. */
export function waitPayload({ toolCallId, toolName, input: args, wait }: WaitingPart): JsonObject {
  // Of the call of an agent, the call in its turn that really waits.
  const call = { toolCallId, toolName, args, ...(wait.nested && { nested: wait.nested }) }
  if (wait.for === 'approval') return { ...call, resumeSchema: JSON.stringify(wait.resumeSchema ?? APPROVAL) }
  const { contextKeys } = wait
  return {
    ...call,
    ...(contextKeys && { suspendPayload: { contextRequired: contextKeys } }),
    ...(wait.payload !== undefined && { suspendPayload: wait.payload }),
    ...(wait.resumeSchema && { resumeSchema: JSON.stringify(wait.resumeSchema) }),
  }
}

/** What answers a question for approval there: with `resume-stream` it may be sent as data. */
const APPROVAL: JsonObject = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: {
    approved: {
      type: 'boolean',
      description:
        'Controls if the tool call is approved or not, should be true when approved and false when declined',
    },
    reason: {
      description:
        'Optional explanation for the decision, surfaced to the model when the tool call is declined',
      type: 'string',
    },
  },
  required: ['approved'],
  additionalProperties: false,
}
