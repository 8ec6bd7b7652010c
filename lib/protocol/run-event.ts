import type { JsonObject, JsonValue } from './json.ts'
import type { RunTrigger } from './run-trigger.ts'

/**
 * Where in its run a step is executed, by place and not by name: `2` is the third node of the workflow, `2.1` the
 * second of its parallel steps or branches, the second item of its list, or its first round, and `2.1/0` the first
 * node of the workflow that is executed there.
 */
export type StepPath = string

/** What went wrong with a step, without a stack. */
export type StepError = { name: string; message: string; code?: string }

/** How a run ends. A suspended run has not ended. */
export type RunOutcome =
  | { status: 'success'; result: JsonValue }
  | { status: 'failed'; error: StepError; compensation?: CompensationReport }
  | { status: 'canceled'; compensation?: CompensationReport }

/** What a run that failed or was canceled has made good, and what it could not. */
export type CompensationReport = {
  /** `step` has the ids from the outside in, joined by dots. */
  done: { step: string; path: StepPath }[]
  failed: { step: string; path: StepPath; error: StepError }[]
}

/** Times are in milliseconds since 1970. */
type Timed = { at: number }
type OfStep = { path: StepPath; stepId: string }

/** Which run has started another, and where in it. */
export type ParentRun = {
  /** The name of the object that holds it. */
  address: string
  runId: string
  path: StepPath
  /** How many runs are above: 1 for the child of one that nobody's run has started. */
  depth: number
}

/** Which sending of a call has caused it: what is sent again under the same nonce is known by it. */
type Sent = { nonce?: string }

/** Opens a run. */
export type RunStart = Timed & {
  type: 'run-start'
  runId: string
  workflowId: string
  input: JsonValue
  state?: JsonObject
  resourceId?: string
  /** It pauses after each step. */
  perStep?: true
  /** It goes on from a step of another run: what it takes over from that one follows, with the times it had there. */
  from?: { runId: string; step: StepPath }
  parent?: ParentRun
  /** What has started it by itself. */
  trigger?: RunTrigger
  /** It waits for its turn: `run-admit` lets it go. */
  isQueued?: true
}

/** A step is about to be executed: for the first time, anew after a failure or a crash (`attempt`), or with an answer. */
export type StepStart = Timed &
  OfStep &
  Sent & {
    type: 'step-start'
    attempt: number
    resumeData?: JsonValue
    isResumed?: true
    /** It goes on with this event, whose data is its `resumeData`. */
    eventId?: string
    /** It is asked what became of it. */
    isReconciling?: true
    /** Not a step: the condition of the node, or the time of its sleep, is asked again. */
    isDecision?: true
  }

/** A step begins to wait for an event. With `due`, no longer than to that moment. */
export type EventWait = Timed & OfStep & { type: 'event-wait'; attempt: number; event: string; due?: number }

/** An event came to the run. A step takes it at once, or later, or never. */
export type EventReceived = Timed & {
  type: 'event-received'
  eventId: string
  event: string
  data: JsonValue
}

/** `state` holds the keys of the run's state that the step has set. */
export type StepResult = Timed &
  OfStep & {
    type: 'step-result'
    /** Absent where it is known already: a sleep gives on what it was given, a workflow what its last step gave. */
    output?: JsonValue
    state?: JsonObject
    /** It ends its workflow: nothing after it is executed. */
    isBail?: true
  }

export type StepFail = Timed & OfStep & { type: 'step-fail'; error: StepError; state?: JsonObject }

/** A step failed and is executed again at `due`. */
export type StepRetry = Timed &
  OfStep & { type: 'step-retry'; error: StepError; due: number; state?: JsonObject }

/** A step waits for an answer, or with `contextKeys` for secrets of the runtime context that the run has lost. */
export type StepSuspend = Timed &
  OfStep & {
    type: 'step-suspend'
    payload: JsonValue
    label?: string
    contextKeys?: string[]
    state?: JsonObject
    /** What lacks them is its `reconcile`. */
    isReconciling?: true
    /** What lacks them is not a step, but the condition of the node, or the time of its sleep. */
    isDecision?: true
  }

/** A step starts a run of another workflow, and waits for its end. */
export type ChildStart = Timed &
  OfStep & { type: 'child-start'; attempt: number; runId: string; workflowId: string }

/** A run that a step has started waits, or goes on. */
export type ChildStatus = Timed &
  OfStep & { type: 'child-status'; runId: string; status: 'running' | 'suspended' | 'waiting' }

/** What only followers who are there at the time hear: it counts in offsets and is not kept. */
export type StepProgress = OfStep & { type: 'step-progress'; data: JsonValue }

/**
 * What was taken over from another run ends here: this one goes on at the place. A path without a place of its node
 * (`1`, not `1.2`) means the whole node.
 */
export type RunTravel = Timed & {
  type: 'run-travel'
  path: StepPath
  /** What is given to the step, or to the whole node, in place of what came before. */
  input?: JsonValue
  /** In place of the run's state. */
  state?: JsonObject
  /** The step begins with an answer, to what it had asked in the other run. */
  resumeData?: JsonValue
  suspendPayload?: JsonValue
}

export type CompensationEvent =
  /** It is known how the run ends; before it does, the steps that it has done are compensated, the last first. */
  | (Timed & { type: 'run-compensate' } & ({ status: 'failed'; error: StepError } | { status: 'canceled' }))
  /** Somebody has canceled it meanwhile, which changes nothing. */
  | (Timed & { type: 'run-cancel' })
  | (Timed & OfStep & { type: 'compensate-start'; attempt: number })
  | (Timed & OfStep & { type: 'compensate-result' })
  /** It failed and is executed again at `due`. */
  | (Timed & OfStep & { type: 'compensate-retry'; error: StepError; due: number })
  /** It waits for secrets of the runtime context that the run has lost. */
  | (Timed & OfStep & { type: 'compensate-suspend'; contextKeys: string[] })
  | (Timed & OfStep & { type: 'compensate-fail'; error: StepError })

/** What a run says, in the order it says it: the words of its log, and of every stream made from it. */
export type RunEvent =
  | RunStart
  | StepStart
  | StepProgress
  | StepResult
  | StepFail
  | StepRetry
  | StepSuspend
  | EventWait
  | EventReceived
  | ChildStart
  | ChildStatus
  /** A sleep begins; its `step-result` ends it, at `due` or later. */
  | (Timed & OfStep & { type: 'sleep-start'; due: number })
  /** The workflow inside a step has checked what it is given; `input` if that was changed by its schema. */
  | (Timed & { type: 'flow-enter'; path: StepPath; input?: JsonValue })
  /** Which branches are executed. */
  | (Timed & { type: 'branch-decision'; path: StepPath; chosen: number[] })
  /** Whether a loop goes round again. */
  | (Timed & { type: 'loop-decision'; path: StepPath; isAgain: boolean })
  /** Nothing is left to do until somebody answers a step. */
  | (Timed & { type: 'run-suspend' })
  /** Nothing is left to do until an event comes, or a run that this one has started is answered. */
  | (Timed & { type: 'run-wait' })
  | (Timed & Sent & { type: 'run-resume'; perStep?: true })
  /** A step has been executed, and nothing follows until somebody says so. */
  | (Timed & { type: 'run-pause' })
  | RunTravel
  | CompensationEvent
  /** Its turn has come: of the runs that its workflow's limit counts one has ended. */
  | (Timed & { type: 'run-admit' })
  /** The run is taken up by another life of its object; what was being executed is begun again. */
  | (Timed & { type: 'run-recover' })
  /** A run that had failed goes on from the steps that failed. */
  | (Timed & Sent & { type: 'run-restart' })
  | (Timed & { type: 'run-end' } & RunOutcome)
