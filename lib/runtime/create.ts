import type { AgentDefinition, RunOptions, WaitingCall } from '../agents/agent-options.ts'
import { AgentStream } from '../agents/agent-stream.ts'
import { toStoredOutput } from '../agents/structured-output.ts'
import type { AloneServices } from '../agents/alone.ts'
import { streamAlone } from '../agents/alone.ts'
import type { TurnMessages } from '../formats/input.ts'
import { readUserMessage } from '../formats/input.ts'
import type { VectorsAsked } from '../memory/access.ts'
import type { Embedder, ResolveEmbedder } from '../models/embedder.ts'
import { withVectorCache } from '../models/embedder-cache.ts'
import { withRetries } from '../models/embedder-retry.ts'
import type { EmbedderEnv } from '../models/embedders.ts'
import type { Cache } from '../cache/cache.ts'
import { createCache } from '../cache/cache.ts'
import { createEmbedderRegistry } from '../models/embedders.ts'
import { createModelRegistry } from '../models/registry.ts'
import { threadAddress } from '../protocol/address.ts'
import { EdgewiseError } from '../protocol/error.ts'
import { randomId } from '../protocol/id.ts'
import type { JsonObject } from '../protocol/json.ts'
import type { ToolAnswer } from '../protocol/message.ts'
import { placeOfRun } from '../protocol/run-id.ts'
import { RuntimeContext } from '../protocol/runtime-context.ts'
import { wait } from '../streams/wait.ts'
import { errorField } from '../telemetry/logger.ts'
import { createTelemetry } from '../telemetry/span.ts'
import type { ThreadCall } from '../threads/answer.ts'
import { ONLY_CALL } from '../threads/take-answers.ts'
import type { ToolRuntime } from '../tools/tool-runtime.ts'
import type { StepRuntime } from '../workflows/context.ts'
import type { CallEnv, Calls } from './calls.ts'
import { createCalls } from './calls.ts'
import type { AppRunner, Edgewise } from './edgewise.ts'
import type { LogEnv, Logging } from './logging.ts'
import { createLogging } from './logging.ts'
import { schedulesOf } from './schedule-service.ts'
import { readEntries } from './read-entries.ts'
import type { RuntimeStorage, StorageEnv } from './storage.ts'
import { createStorage } from './storage.ts'
import { createWorkflowRunner } from './workflows.ts'

/** What the platform hands over. */
export interface RuntimeEnv extends EmbedderEnv, StorageEnv, LogEnv, CallEnv {}

/** What the app runs on: everything that varies, in one place. */
export interface Runtime extends Omit<AloneServices, 'logAt'>, RuntimeStorage, Logging, Calls {
  app: Edgewise
  secretKeys: readonly string[]
  resolveEmbedder: ResolveEmbedder
  cache: Cache
  cacheVectors(embedder: Embedder, shard: string, onAsked?: (told: VectorsAsked) => void): Embedder
  toolRuntime(boundTo: string | undefined): ToolRuntime
  /** What the steps of workflows reach by name: of a run whose caller was bound to a resource only what is that one's. */
  stepsOf(boundTo: string | undefined): StepRuntime
}

export const DEFAULT_RESOURCE = 'default'

const runtimes = new WeakMap<RuntimeEnv, Runtime>()

/** The runtime of an environment: one for all requests and objects of an isolate, since making it is not free. */
export function runtimeOf(app: Edgewise, env: RuntimeEnv): Runtime {
  const known = runtimes.get(env)
  if (known?.app === app) return known
  const made = createRuntime(app, env)
  runtimes.set(env, made)
  return made
}

/** The only wiring: an app and an environment become a runtime. */
function createRuntime(app: Edgewise, env: RuntimeEnv): Runtime {
  const logging = createLogging(env, app.options.logger, Date.now)
  const services = { wait, random: Math.random, now: Date.now }
  const storage = createStorage(env, app.options, { ...services, warn: logging.logger.warn })
  const { documents, keyValue, vectors } = storage
  const ports = { documents, keyValue, vectors }
  const resolveEmbedder = createEmbedderRegistry(env)
  const cache = createCache(app.options.cache ?? {}, {
    keyValue: storage.keyValue,
    now: Date.now,
    onProblem: (error) => logging.logger.warn('cache unavailable', errorField(error)),
  })
  const runtime: Runtime = {
    app,
    ...logging,
    ...storage,
    cache,
    resolveModel: createModelRegistry(env),
    resolveEmbedder: (spec) => withRetries(resolveEmbedder(spec), services),
    cacheVectors: (embedder, shard, onAsked) =>
      withVectorCache(embedder, cache, shard, (told) => {
        logging.logger.debug('vectors looked up', told)
        onAsked?.(told)
      }),
    ...services,
    newId: randomId,
    telemetry: createTelemetry(app.options.observability?.tracer),
    secretKeys: app.options.runtimeContext?.secrets ?? [],
    ...createCalls(env),
    toolRuntime: (boundTo) => ({ ...ports, schedules: schedulesOf(runtime, boundTo) }),
    stepsOf: (boundTo) => ({
      ...runtime.toolRuntime(boundTo),
      getAgent: (name) => app.getAgent(name).bind(runnerOf(boundTo)),
      getTool: (name) => app.getTool(name),
      cache,
      bind: (agent) => agent.bind(runnerOf(boundTo)),
      sendEvent: (workflowId, runId, event, data, options) => {
        const workflow = app.getWorkflow(workflowId).bind(runnerOf(boundTo).workflows)
        return workflow.createRun({ runId }).sendEvent(event, data, options)
      },
    }),
  }
  /** Runs what code asks for: as the server, or as somebody who is bound to a resource. */
  const runnerOf = (boundTo?: string): AppRunner => ({
    run: (agent, messages, options) => runBound(runtime, agent, messages, { ...options, boundTo }),
    memory: (memory) => memory.bind(runtime),
    answer: (call, answer) => {
      const more = { runtimeContext: call.runtimeContext?.toJSON(), boundTo }
      return new AgentStream(readEntries(async () => answerCall(runtime, call, answer, more)))
    },
    workflows: createWorkflowRunner(runtime, boundTo),
  })
  app.bind(runnerOf())
  return runtime
}

/** An agent that code asks: on a thread through its object, as a request would, else here and now. */
function runBound(
  runtime: Runtime,
  agent: AgentDefinition,
  messages: TurnMessages,
  asked: RunOptions & { boundTo: string | undefined },
): AgentStream {
  const { threadId, boundTo } = asked
  const options = boundTo === undefined ? asked : { ...asked, resourceId: boundTo }
  if (threadId === undefined) return new AgentStream(streamAlone(agent, messages, options, runtime))
  return new AgentStream(
    readEntries(() => startOnThread(runtime, agent, messages, { ...options, threadId }), options.abortSignal),
  )
}

/** What an answer brings along, and how it is to be told what comes of it. */
export interface AnswerOptions {
  format?: (ThreadCall & { type: 'answer' })['format']
  /** Secrets that the turn needs again. */
  runtimeContext?: JsonObject | undefined
  /** The caller's resource. */
  boundTo?: string | undefined
}

/** Answers a call by its run's id, which leads to the object. Without an answer only the runtime context is given. */
export function answerCall(
  runtime: Pick<Runtime, 'callThread'>,
  { runId, toolCallId }: WaitingCall,
  answer: ToolAnswer | undefined,
  { format = 'native', runtimeContext, boundTo }: AnswerOptions = {},
): Promise<Response> {
  const place = placeOfRun(runId)
  if (!place) throw new EdgewiseError('run_not_found', `There is no run "${runId}"`)
  return runtime.callThread(place.address, {
    type: 'answer',
    runId,
    answers: answer ? { [toolCallId ?? ONLY_CALL]: answer } : {},
    format,
    ...(runtimeContext && { runtimeContext }),
    ...(boundTo !== undefined && { boundTo }),
  })
}

function startOnThread(
  runtime: Runtime,
  agent: AgentDefinition,
  messages: TurnMessages,
  {
    threadId,
    resourceId = DEFAULT_RESOURCE,
    runtimeContext = new RuntimeContext(),
    maxSteps,
    structuredOutput,
    cache,
    boundTo,
  }: RunOptions & { threadId: string; boundTo: string | undefined },
): Promise<Response> {
  const input = readUserMessage(messages, runtime)
  const request = {
    agentId: agent.id,
    threadId,
    resourceId,
    input,
    runtimeContext: runtimeContext.toJSON(),
    ...(maxSteps !== undefined && { maxSteps }),
    ...(structuredOutput && { structuredOutput: toStoredOutput(structuredOutput) }),
    ...(cache !== undefined && { overrides: { cache } }),
    ...(boundTo !== undefined && { boundTo }),
  }
  const address = threadAddress(boundTo, threadId)
  return runtime.callThread(address, { type: 'start', request, address, format: 'native' })
}
