import type * as z from 'zod'
import { toMastraWorkflow } from '../../lib/formats/mastra/workflow.ts'
import { EdgewiseError } from '../../lib/protocol/error.ts'
import type { Runtime } from '../../lib/runtime/create.ts'
import { describeWorkflow } from '../../lib/workflows/describe.ts'
import type { AnyWorkflow } from '../../lib/workflows/workflow.ts'
import type { Call } from '../context.ts'
import type { workflowParams } from '../schemas/workflows.ts'

/** All workflows, by the id that requests name them by. */
export function listWorkflows({ runtime }: Pick<Call<unknown, unknown, unknown>, 'runtime'>): Response {
  const { workflows } = runtime.app
  return Response.json(
    Object.fromEntries(workflows.map((one) => [one.id, toMastraWorkflow(describeWorkflow(one))])),
  )
}

export function getWorkflow({
  runtime,
  params,
}: Call<z.infer<typeof workflowParams>, undefined, undefined>): Response {
  return Response.json(toMastraWorkflow(describeWorkflow(requireWorkflow(runtime, params.workflowId))))
}

/** @throws EdgewiseError `workflow_not_found`. */
export function requireWorkflow(runtime: Runtime, name: string): AnyWorkflow {
  const workflow = runtime.app.findWorkflow(name)
  if (workflow) return workflow
  const have = runtime.app.workflows.map(({ id }) => id).join(', ') || 'none'
  throw new EdgewiseError('workflow_not_found', `There is no workflow "${name}" (have: ${have})`)
}
