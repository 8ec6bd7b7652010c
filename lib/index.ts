/** The door for apps: everything that `app/` may use. */
export { Agent } from './agents/agent.ts'
export type { AgentScheduleOptions } from './agents/schedule-options.ts'
export { agentsFrom } from './agents/agents-from.ts'
export type { AgentOptions, Dynamic, RunOptions } from './agents/agent-options.ts'
export type { AgentTool, AgentToolOptions } from './agents/agent-tool.ts'
export type { AgentStream } from './agents/agent-stream.ts'
export type { AgentResult, SuspendedCall } from './agents/result.ts'
export type { ModelSettings } from './agents/step.ts'
export type { DelegationOptions } from './agents/delegation.ts'
export { hasToolCall, isStepCount } from './agents/stop.ts'
export type { StepResult, StopCondition } from './agents/stop.ts'
export type { StructuredOutputOptions } from './agents/structured-output.ts'
export type { Timeouts } from './agents/timeout.ts'
export { Memory } from './memory/memory.ts'
export type { FactOwner, MemoryConfig } from './memory/memory.ts'
export type { Fact, FoundFact, NewFact } from './memory/facts.ts'
export type {
  CompactionOptions,
  MemoryOptions,
  MemoryScope,
  SemanticRecallOptions,
  TitleOptions,
  WorkingMemoryOptions,
} from './memory/memory-options.ts'
export type { Embedder, EmbedderSpec } from './models/embedder.ts'
export type { ModelChoice, ModelFallback, ModelSpec } from './models/model.ts'
export { createOfflineEmbedder } from './models/offline/embedder.ts'
export { createOfflineModel } from './models/offline/model.ts'
export { fromMessages, toMessages } from './formats/convert-messages.ts'
export type { ConvertOptions, ReadOptions } from './formats/convert-messages.ts'
export { MessageList } from './formats/message-list.ts'
export type { AddOptions, MessageListOptions, MessageSource } from './formats/message-list.ts'
export type { MessageFormat, WrittenAs } from './formats/messages/formats.ts'
export type { Loss } from './formats/messages/loss.ts'
export type { ListLoss } from './formats/messages/strict.ts'
export { EdgewiseError } from './protocol/error.ts'
export type { ErrorCode, Issue } from './protocol/error.ts'
export type { FollowerEvent, StreamEntry, TurnEvent } from './protocol/event.ts'
export type { JsonObject, JsonValue } from './protocol/json.ts'
export type { Message, Part, ToolAnswer, ToolWait } from './protocol/message.ts'
export { moderationGuard } from './processors/moderation-guard.ts'
export type { Processor } from './processors/processor.ts'
export { promptInjectionGuard } from './processors/prompt-injection-guard.ts'
export { regexFilter } from './processors/regex-filter.ts'
export { tokenLimiter } from './processors/token-limiter.ts'
export { toolCallFilter } from './processors/tool-call-filter.ts'
export { unicodeNormalizer } from './processors/unicode-normalizer.ts'
export type { RunTrigger } from './protocol/run-trigger.ts'
export { RuntimeContext } from './protocol/runtime-context.ts'
export type { Usage } from './protocol/usage.ts'
export { Edgewise } from './runtime/edgewise.ts'
export type { EdgewiseOptions } from './runtime/edgewise.ts'
export { MemoryStorage } from './storage/adapters/memory-storage.ts'
export { createMemoryVectors } from './storage/adapters/memory-vectors.ts'
export { BaseStorage } from './storage/base-storage.ts'
export type { Document, DocumentPage, DocumentQuery, Documents, IndexValue } from './storage/documents.ts'
export type { FieldConditions, FilterScalar, VectorFilter } from './storage/filter.ts'
export type { KeyPage, KeyQuery, KeyValue, KeyValueEntry, SetOptions } from './storage/key-value.ts'
export { compareText } from './storage/order.ts'
export type { Storage } from './storage/storage.ts'
export type {
  VectorIndexInfo,
  VectorMatch,
  VectorMetric,
  VectorQuery,
  VectorRecord,
  Vectors,
  VectorSelection,
  VectorShape,
} from './storage/vectors.ts'
export type {
  CreateSchedule,
  ListedSchedules,
  Schedule,
  Schedules,
  ScheduleTrigger,
  UpdateSchedule,
} from './cron/schedules.ts'
export type { CacheLimits } from './cache/cache.ts'
export type { CacheWish } from './cache/through.ts'
export type { ModelCacheOptions } from './models/model-cache.ts'
export { createTool } from './tools/tool.ts'
export type { ToolRuntime } from './tools/tool-runtime.ts'
export type { ToolCacheOptions } from './tools/tool-cache.ts'
export type {
  ApprovalContext,
  Reconciled,
  Tool,
  ToolContext,
  ToolEffect,
  ToolOptions,
  ToolSet,
} from './tools/tool.ts'
export { NonRetryableError } from './workflows/retry.ts'
export type { RetryConfig } from './workflows/retry.ts'
export type {
  CompensateContext,
  FlowContext,
  LoopContext,
  StepContext,
  StepRuntime,
} from './workflows/context.ts'
export type { CompensateOptions } from './workflows/compensate-options.ts'
export { childRun } from './workflows/child-run.ts'
export type { ChildRunOptions } from './workflows/child-run.ts'
export type { EventOptions } from './workflows/event-step.ts'
export type {
  ChildRunInfo,
  EventReceipt,
  RunInfo,
  RunRecord,
  RunStatus,
  StepRecord,
  WorkflowResult,
} from './workflows/result.ts'
export { cloneStep, createStep } from './workflows/step.ts'
export type { Step, StepEffect } from './workflows/step-definition.ts'
export type { ResumeOptions, StartOptions, TimeTravelOptions, WorkflowRun } from './workflows/workflow-run.ts'
export type { ScheduleOptions } from './workflows/schedule-options.ts'
export { createWorkflow } from './workflows/workflow.ts'
export type { AnyWorkflow, Workflow, WorkflowOptions } from './workflows/workflow.ts'
export type { RunEvent } from './protocol/run-event.ts'
export { workflowTool } from './workflows/as-tool.ts'
