import { EdgewiseError } from '../protocol/error.ts'
import type { InferOutput, Schema } from '../schema/schema.ts'
import type { Tool } from '../tools/tool.ts'
import { createTool } from '../tools/tool.ts'
import { isRecord, toJson } from '../protocol/json.ts'
import type { AnyWorkflow } from './workflow.ts'

export interface WorkflowToolOptions {
  /** Default: the workflow's own. */
  description?: string
}

/**
 * A workflow as an agent's tool: the model's arguments are its input, its result the answer. A workflow that waits for
 * somebody suspends the tool with `{ runId, suspended, suspendPayload, answers }`, and the tool's answer resumes the run. One
 * that waits for an event suspends it with `{ runId, status: 'waiting', answers }`: any answer looks how far the run is. The
 * run's id follows from the call, so that a call that is made again after a crash joins the run that it began.
 *
 * @throws TypeError if there is no description: models choose by it.
 */
export function workflowTool<W extends AnyWorkflow & { readonly inputSchema: Schema | undefined }>(
  workflow: W,
  { description = workflow.description }: WorkflowToolOptions = {},
): Tool {
  const { id, inputSchema } = workflow
  return createTool({
    id,
    description,
    ...(inputSchema && { inputSchema }),
    // The run is durable by itself: to make the call again is to ask what has become of it.
    effect: 'retry',
    suspendSchema: anySchema,
    execute: async (inputData: InferOutput<Schema>, context) => {
      const { idempotencyKey, resourceId, runtimeContext, resumeData, suspend, writer, abortSignal } = context
      const asked = answersIn(context.suspendData)
      const answers = resumeData === undefined ? asked : asked + 1
      const run = workflow.createRun({
        runId: idempotencyKey,
        ...(resourceId !== undefined && { resourceId }),
      })
      const stop = (): void => void run.cancel().catch(() => undefined)
      abortSignal.addEventListener('abort', stop, { once: true })
      try {
        if (resumeData === undefined) await run.startAsync({ inputData, runtimeContext })
        // After a crash the answer may have been taken already: then what came of it is heard.
        else await run.resumeAsync({ resumeData, id: `${idempotencyKey}/${answers}` }).catch(unlessTaken)
        const stream = run.observe()
        for await (const event of stream) writer.write(toJson(event))
        const result = await stream.result
        if (result.status === 'success') return result.result
        if (result.status === 'suspended') {
          const { suspended, suspendPayload } = result
          return suspend({ runId: run.runId, suspended, suspendPayload, answers })
        }
        if (result.status === 'waiting') return suspend({ runId: run.runId, status: 'waiting', answers })
        throw new Error(result.status === 'failed' ? result.error.message : `The run is ${result.status}`)
      } finally {
        abortSignal.removeEventListener('abort', stop)
      }
    },
  })
}

/** How many answers the call had when it suspended: the next is known by its number, however often it is given. */
function answersIn(suspendData: unknown): number {
  const answers = isRecord(suspendData) ? suspendData['answers'] : undefined
  return typeof answers === 'number' ? answers : 0
}

function unlessTaken(error: unknown): void {
  if (!(error instanceof EdgewiseError) || error.code !== 'run_not_suspended') throw error
}

/** Takes whatever comes: the workflow's own steps check what they are given. */
const anySchema: Schema = {
  '~standard': { version: 1, vendor: 'edgewise', validate: (value) => ({ value }) },
}
