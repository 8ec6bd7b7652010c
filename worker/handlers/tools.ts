import type * as z from 'zod'
import { toMastraTool, toMastraTools } from '../../lib/formats/mastra/agent.ts'
import { isAgentTool } from '../../lib/agents/agent-tool.ts'
import { EdgewiseError } from '../../lib/protocol/error.ts'
import { toJson } from '../../lib/protocol/json.ts'
import { RuntimeContext } from '../../lib/protocol/runtime-context.ts'
import { parse } from '../../lib/schema/schema.ts'
import type { Principal } from '../../lib/security/principal.ts'
import type { CallCache } from '../../lib/tools/cached-call.ts'
import type { ToolOutcome } from '../../lib/tools/outcome.ts'
import { runTool } from '../../lib/tools/run-tool.ts'
import type { Tool, ToolSet } from '../../lib/tools/tool.ts'
import type { Call, RequestContext } from '../context.ts'
import type { agentToolParams, executeBody, toolParams } from '../schemas.ts'
import { requireAgent } from './agents.ts'
import { toToolSource, toToolSources } from './tool-sources.ts'

type ToolCall = Call<z.infer<typeof toolParams>, undefined, unknown>
type AgentToolCall = Call<z.infer<typeof agentToolParams>, undefined, unknown>
type ExecuteCall<Of extends ToolCall | AgentToolCall> = Omit<Of, 'body'> & {
  body: z.infer<typeof executeBody>
}

/** The tools that stand on their own. */
export function listTools({ runtime }: Pick<RequestContext, 'runtime'>): Response {
  return Response.json(toMastraTools(toToolSources(runtime.app.options.tools)))
}

export function getTool({ runtime, params }: ToolCall): Response {
  return Response.json(toMastraTool(toToolSource(findTool(runtime.app.options.tools, params.toolId).tool)))
}

export async function getAgentTool({ runtime, params }: AgentToolCall): Promise<Response> {
  const tools = await toolsOf({ runtime, params }, new RuntimeContext())
  return Response.json(toMastraTool(toToolSource(findTool(tools, params.toolId).tool)))
}

/** Runs a tool by itself, outside any turn. Its answer is the tool's own. */
export function executeTool(call: ExecuteCall<ToolCall>): Promise<Response> {
  const { runtime, params, body } = call
  return execute(call, findTool(runtime.app.options.tools, params.toolId), contextOf(body))
}

export async function executeAgentTool(call: ExecuteCall<AgentToolCall>): Promise<Response> {
  const context = contextOf(call.body)
  return execute(call, findTool(await toolsOf(call, context), call.params.toolId), context)
}

async function toolsOf(
  { runtime, params }: Pick<AgentToolCall, 'runtime' | 'params'>,
  runtimeContext: RuntimeContext,
): Promise<ToolSet | undefined> {
  const { tools } = requireAgent(runtime, params.agentId).options
  return typeof tools === 'function' ? tools({ runtimeContext }) : tools
}

/** By the name that models call it by, or by its id. */
function findTool(tools: ToolSet = {}, toolId: string): { name: string; tool: Tool } {
  const found = Object.hasOwn(tools, toolId)
    ? ([toolId, tools[toolId]] as const)
    : Object.entries(tools).find(([, { id }]) => id === toolId)
  const [name, tool] = found ?? []
  if (name !== undefined && tool) return { name, tool }
  const have = Object.keys(tools).join(', ') || 'none'
  throw new EdgewiseError('tool_not_found', `There is no tool "${toolId}" (have: ${have})`)
}

function contextOf({ requestContext, runtimeContext }: z.infer<typeof executeBody>): RuntimeContext {
  return new RuntimeContext({ ...runtimeContext, ...requestContext })
}

async function execute(
  {
    runtime,
    request,
    body,
    principal,
  }: Pick<ExecuteCall<ToolCall>, 'runtime' | 'request' | 'body' | 'principal'>,
  { name, tool }: { name: string; tool: Tool },
  runtimeContext: RuntimeContext,
): Promise<Response> {
  checkLonely(name, tool)
  const input = body.data ?? {}
  await checkInput(tool, input)
  const runId = runtime.newId('run')
  const toolCallId = runtime.newId('call')
  const resourceId = resourceFor(principal, runtimeContext)
  const { cache: wish = 'use' } = body
  let asked: string | undefined
  const cache: CallCache | undefined =
    wish === false
      ? undefined
      : { cache: runtime.cache, mode: wish, onAsked: (hit) => void (asked = hit?.level ?? 'miss') }
  const outcome = await runTool(
    { [name]: tool },
    {
      toolName: name,
      input: toJson(input),
      timeoutMs: undefined,
      cache,
      context: {
        abortSignal: request.signal,
        runtime: runtime.toolRuntime(principal.resourceId),
        runtimeContext,
        runId,
        toolCallId,
        idempotencyKey: request.headers.get('idempotency-key') ?? `${runId}/${toolCallId}`,
        // There is no stream that it could be heard in.
        writer: { write: () => undefined },
        ...(resourceId !== undefined && { resourceId }),
      },
    },
  )
  if (outcome.ok)
    return Response.json(
      outcome.output,
      asked === undefined ? {} : { headers: { 'x-edgewise-cache': asked } },
    )
  throw toError(name, outcome)
}

/** Whose call it is, as in a turn: the caller's own, or as the runtime context says. */
function resourceFor({ resourceId }: Principal, context: RuntimeContext): string | undefined {
  const named = context.get('resourceId')
  return resourceId ?? (typeof named === 'string' && named !== '' ? named : undefined)
}

/** Nobody is there who could approve a call that stands alone, or run it. */
function checkLonely(name: string, tool: Tool): void {
  const { execute: own, requireApproval } = tool
  if (isAgentTool(tool)) {
    throw new EdgewiseError('tool_waits', `Tool "${name}" is an agent: ask "${tool.agent.id}" itself`)
  }
  if (!own)
    throw new EdgewiseError('tool_waits', `Tool "${name}" runs at the client: it has nothing to execute here`)
  if (requireApproval !== false) {
    throw new EdgewiseError('tool_waits', `Tool "${name}" needs somebody's approval: have an agent call it`)
  }
}

async function checkInput({ inputSchema }: Tool, data: unknown): Promise<void> {
  const parsed = inputSchema && (await parse(inputSchema, data))
  if (!parsed || parsed.ok) return
  const issues = parsed.issues.map(({ field, message }) => ({
    field: field ? `data.${field}` : 'data',
    message,
  }))
  const [first] = issues
  throw new EdgewiseError('invalid_request', `Invalid body: ${first?.field} ${first?.message}`, { issues })
}

function toError(name: string, outcome: ToolOutcome & { ok: false }): EdgewiseError {
  if ('error' in outcome)
    return new EdgewiseError('tool_failed', `${outcome.error.code}: ${outcome.error.message}`)
  return new EdgewiseError('tool_waits', `Tool "${name}" suspended, which it can only do in an agent's turn`)
}
