import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import type { Issue } from '../protocol/error.ts'
import { EdgewiseError } from '../protocol/error.ts'
import type { JsonObject, JsonValue } from '../protocol/json.ts'
import { isRecord, toJson } from '../protocol/json.ts'
import { checkJson } from '../schema/check-json.ts'
import type { Parsed } from '../schema/schema.ts'
import { parse } from '../schema/schema.ts'
import type { OutputSchema } from './output-schema.ts'
import { describeOutput, isStandard, isWrapper } from './output-schema.ts'
import { createPartialJson } from './partial-json.ts'
import type { ModelSettings } from './step.ts'

export interface StructuredOutputOptions<Output = unknown> {
  schema: OutputSchema<Output>
  /**
   * When the answer does not fit: `strict` fails the turn with `output_invalid` and the issues, `warn` ends it without
   * an object and with a warning, `fallback` gives `fallbackValue`. Default: `strict`.
   */
  errorStrategy?: 'strict' | 'warn' | 'fallback'
  /** For `fallback`. It is not checked. */
  fallbackValue?: Output
  /** Also writes the schema into the prompt: for models that have no JSON mode. Default: false. */
  jsonPromptInjection?: boolean
  /** What the model is told of the object beside its schema. Default: nothing. */
  instructions?: string
}

/** @throws TypeError if a fallback is asked for and none is given, or the schema cannot be told to a model. */
export function checkStructuredOutput(options: StructuredOutputOptions): void {
  if (options.errorStrategy === 'fallback' && !('fallbackValue' in options))
    throw new TypeError(
      'Cannot use structuredOutput: errorStrategy is "fallback" and there is no fallbackValue',
    )
  describeOutput(options.schema)
}

/**
 * What a provider's call is told. Providers want an object outermost: any other schema becomes its property `value`,
 * which the readers here take out again. A library's schema is closed to further properties, as strict modes ask.
 */
export function toResponseFormat(
  schema: OutputSchema,
): Extract<NonNullable<LanguageModelV4CallOptions['responseFormat']>, { type: 'json' }> {
  return { type: 'json', name: 'answer', schema: describeOutput(schema).told }
}

/**
 * The settings of a call for it. OpenAI is strict unless told otherwise, and refuses a schema with an optional field, a
 * record or alternatives then: it is asked for without, and the answer is checked here as ever.
 */
export function toOutputSettings(schema: OutputSchema, settings: ModelSettings): ModelSettings {
  if (describeOutput(schema).isStrict) return settings
  const { providerOptions } = settings
  return {
    ...settings,
    providerOptions: {
      ...providerOptions,
      openai: { strictJsonSchema: false, ...providerOptions?.['openai'] },
    },
  }
}

/** What the system prompt says of the object; empty if nothing is to be said. */
export function toOutputInstructions({
  schema,
  jsonPromptInjection = false,
  instructions = '',
}: StructuredOutputOptions): string {
  if (!jsonPromptInjection) return instructions
  const { told } = describeOutput(schema)
  const rule = `Answer with JSON alone, with no text or fence around it, that fits this JSON Schema:\n${JSON.stringify(told)}`
  return instructions === '' ? rule : `${instructions}\n\n${rule}`
}

export interface PartialObject {
  object: JsonValue
  /** What can no longer become right. Empty says nothing of what is still to come. */
  issues: Issue[]
}

export interface PartialParser {
  /**
   * Takes the next piece of the text. Gives the object so far when there is something new and enough of it: an answer's
   * partials together stay within some thirty times its length.
   */
  push(delta: string): PartialObject | undefined
  /** The object as far as it came, if the last one given was not all. */
  end(): PartialObject | undefined
}

/** How much an answer grows between two partials, at least, as a part of its length. */
const GROWTH = 1 / 32

/**
 * Reads an answer while it comes. Each partial continues the one before: nothing in it is taken back. Its values are as
 * the model wrote them: what the schema would make of them, defaults among it, only the whole answer has.
 */
export function createPartialParser(schema: OutputSchema): PartialParser {
  const { plain, isWrapped, isList } = describeOutput(schema)
  const json = createPartialJson({ mayBeList: isList })
  let length = 0
  let given = 0
  let last = ''
  let isRead = false
  const read = (): PartialObject | undefined => {
    given = length
    isRead = json.isOver
    const partial = json.read()
    if (!partial) return undefined
    const { value, openPath } = partial
    const isInside = isWrapped && isWrapper(value)
    if (isWrapped && !isInside && isRecord(value)) return undefined
    const object = isInside ? value['value'] : value
    const path = isInside ? innerPath(openPath) : openPath
    const text = JSON.stringify(object)
    if (text === last) return undefined
    last = text
    return { object, issues: checkJson(plain, object, path) }
  }
  return {
    push: (delta) => {
      length += delta.length
      json.push(delta)
      if (isRead) return undefined
      return json.isOver || length - given >= given * GROWTH ? read() : undefined
    },
    end: read,
  }
}

/** What came of an answer that is whole. */
export type FinishedObject<Output> =
  | { ok: true; object: Output }
  | { ok: false; issues: Issue[]; text: string }

/** Reads a whole answer: takes off a markdown fence or a sentence around the JSON, and parses it by the schema. */
export async function finishObject<Output>(
  text: string,
  { schema }: Pick<StructuredOutputOptions<Output>, 'schema'>,
): Promise<FinishedObject<Output>> {
  const { plain, isWrapped, isList } = describeOutput(schema)
  const json = parseJson(text, isList)
  if (!json) return { ok: false, issues: [{ field: '', message: 'is not JSON' }], text }
  const value = isWrapped && isWrapper(json.value) ? json.value['value'] : json.value
  const parsed = await parseOutput(schema, plain, value)
  return parsed.ok ? { ok: true, object: parsed.value } : { ok: false, issues: parsed.issues, text }
}

/** What the turn does about it: `object` for its outcome, a warning to say, or the error that fails it. */
export type ObjectOutcome<Output> =
  | { type: 'object'; object: Output }
  | { type: 'fallback'; object: Output; warning: string }
  | { type: 'none'; warning: string; issues: Issue[] }
  | { type: 'error'; error: EdgewiseError }

export function toObjectOutcome<Output>(
  finished: FinishedObject<Output>,
  options: StructuredOutputOptions<Output>,
): ObjectOutcome<Output> {
  if (finished.ok) return { type: 'object', object: finished.object }
  const { issues } = finished
  const where = issues
    .slice(0, 3)
    .map(({ field, message }) => (field === '' ? message : `${field} ${message}`))
  const message = `The answer does not fit the schema: ${where.join('; ')}`
  const { errorStrategy = 'strict', fallbackValue } = options
  if (errorStrategy === 'strict')
    return { type: 'error', error: new EdgewiseError('output_invalid', message, { issues }) }
  if (errorStrategy === 'warn' || fallbackValue === undefined)
    return { type: 'none', warning: message, issues }
  return { type: 'fallback', object: fallbackValue, warning: message }
}

function innerPath(path: readonly (string | number)[] | undefined): readonly (string | number)[] | undefined {
  return path && path.length > 0 ? path.slice(1) : undefined
}

async function parseOutput<Output>(
  schema: OutputSchema<Output>,
  plain: JsonObject,
  value: JsonValue,
): Promise<Parsed<Output>> {
  if (isStandard(schema)) return parse(schema, value)
  const issues = checkJson(plain, value)
  // Whoever gives a JSON Schema says himself what type it describes.
  return issues.length > 0 ? { ok: false, issues } : { ok: true, value: value as Output }
}

/** JSON alone, in a fence, or with a sentence around it. */
function parseJson(text: string, isList: boolean): { value: JsonValue } | undefined {
  const fenced = /```(?:json)?\s*\n([\s\S]*?)\n\s*```/i.exec(text)?.[1]
  return tryParse(text) ?? tryParse(fenced ?? '') ?? findJson(fenced ?? text, isList)
}

function findJson(text: string, mayBeList: boolean): { value: JsonValue } | undefined {
  const json = createPartialJson({ mayBeList })
  json.push(text)
  const found = json.read()
  return found && !found.openPath ? { value: found.value } : undefined
}

function tryParse(text: string): { value: JsonValue } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** The options as JSON, to be kept with a turn: the schema becomes JSON Schema. */
export interface StoredOutput {
  schema: JsonObject
  errorStrategy?: 'strict' | 'warn' | 'fallback'
  fallbackValue?: JsonValue
  jsonPromptInjection?: boolean
  instructions?: string
}

export function toStoredOutput({ schema, fallbackValue, ...rest }: StructuredOutputOptions): StoredOutput {
  const fallback = fallbackValue === undefined ? {} : { fallbackValue: toJson(fallbackValue) }
  return { ...rest, ...fallback, schema: describeOutput(schema).plain }
}
