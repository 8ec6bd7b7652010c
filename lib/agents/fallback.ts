import type { Model, ModelChoice, ModelFallback, ModelSpec, ResolveModel } from '../models/model.ts'
import { modelLabel } from '../models/model.ts'
import { isInvalidRequest } from '../models/invalid-request.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { TurnEvent } from '../protocol/event.ts'
import type { StepInput } from './step.ts'
import { runStep } from './step.ts'

/** A model and how often a failed try of it is repeated. */
export interface ResolvedModel {
  model: Model
  maxRetries: number
}

export type ModelWarning = Extract<TurnEvent, { type: 'warning' }>

/** The model that answers, and what stands behind it. */
export interface ResolvedModels extends ResolvedModel {
  /** Asked in their order where those before them fail. */
  fallbacks: readonly ResolvedModel[]
  /** Models of the list that cannot be used, as the turn says it. */
  warnings: readonly ModelWarning[]
}

/**
 * Resolves what an agent names. A model of a list that lacks its key is left out with a warning.
 *
 * @throws EdgewiseError `model_not_configured` if none can be used; RangeError if the list cannot be right.
 */
export function resolveModels(
  choice: ModelChoice | undefined,
  resolveModel: ResolveModel,
  maxRetries: number,
): ResolvedModels {
  if (!Array.isArray(choice)) return { model: resolveModel(choice), maxRetries, fallbacks: [], warnings: [] }
  checkModels(choice)
  const found: ResolvedModel[] = []
  const refused: EdgewiseError[] = []
  for (const entry of choice) {
    const { model, maxRetries: own = maxRetries } = toEntry(entry)
    try {
      found.push({ model: resolveModel(model), maxRetries: own })
    } catch (error) {
      if (!(error instanceof EdgewiseError)) throw error
      refused.push(error)
    }
  }
  const [first, ...fallbacks] = found
  if (!first)
    throw joinErrors(
      'No model can be used',
      refused.map((error) => ({ said: error.message, error })),
    )
  const warnings = refused.map(({ message }): ModelWarning => ({
    type: 'warning',
    code: 'model_skipped',
    message,
  }))
  return { ...first, fallbacks, warnings }
}

/** @throws RangeError if the choice is a list that cannot be right. */
export function checkModels(choice: ModelChoice): void {
  if (!Array.isArray(choice)) return
  if (choice.length === 0) throw new RangeError('Cannot choose a model: the list is empty')
  for (const [i, entry] of choice.entries()) {
    const { maxRetries } = toEntry(entry)
    if (maxRetries === undefined || (Number.isInteger(maxRetries) && maxRetries >= 0)) continue
    throw new RangeError(
      `Cannot choose a model: maxRetries of model ${i} is ${maxRetries}, it must be a whole number from 0`,
    )
  }
}

/**
 * One model step over the agent's models: each is tried with its retries, and where it fails for good the next one
 * begins the step anew. The model that gave the turn's last step comes first, then the rest in their order: a turn
 * stays with whom it has found. So the tries that a dead model costs are paid once a turn, and one model goes on
 * with its own signatures and caches; the log says who it was, so a turn that is taken up again knows it as well.
 *
 * @throws what {@link runStep} throws, of all models if several were asked. A stop, the turn's time and a request
 * that no model would take are not tried elsewhere.
 */
export function runStepOnModels(
  input: StepInput,
  { fallbacks, warnings }: Pick<ResolvedModels, 'fallbacks' | 'warnings'>,
  lastModel: string | undefined,
): AsyncGenerator<TurnEvent, void> {
  const told = input.step === 0 ? warnings : []
  // Most agents have one model: their words pass through no second generator.
  if (fallbacks.length === 0 && told.length === 0) return runStep(input)
  return tryModels(input, orderFrom([input, ...fallbacks], lastModel), told)
}

async function* tryModels(
  input: StepInput,
  models: readonly ResolvedModel[],
  warnings: readonly ModelWarning[],
): AsyncGenerator<TurnEvent, void> {
  const failures: Failure[] = []
  for (const { model, maxRetries } of models) {
    try {
      for await (const event of runStep({ ...input, model, maxRetries })) {
        yield event
        // Behind the start, since what stands before it belongs to a try that may be lost.
        if (event.type === 'step-start') yield* warnings
      }
      return
    } catch (error) {
      if (input.signal.aborted || !(error instanceof EdgewiseError) || error.code === 'internal') throw error
      failures.push({ said: `${modelLabel(model)}: ${error.message}`, error })
      if (isInvalidRequest(error.cause)) break
    }
  }
  throw joinErrors('No model answered', failures)
}

interface Failure {
  said: string
  error: EdgewiseError
}

/** The last failure's code and cause, with the words of all. */
function joinErrors(what: string, failures: readonly Failure[]): EdgewiseError {
  const last = failures.at(-1)
  if (!last) return new EdgewiseError('internal', 'No model was asked')
  if (failures.length === 1) return last.error
  const said = failures.map(({ said }) => said).join('; ')
  return new EdgewiseError(last.error.code, `${what}: ${said}`, { cause: last.error.cause })
}

function orderFrom(models: readonly ResolvedModel[], label: string | undefined): readonly ResolvedModel[] {
  const last = models.find(({ model }) => modelLabel(model) === label)
  return last ? [last, ...models.filter((one) => one !== last)] : models
}

function toEntry(entry: ModelFallback): { model: ModelSpec; maxRetries?: number } {
  return typeof entry === 'string' || 'doStream' in entry ? { model: entry } : entry
}
