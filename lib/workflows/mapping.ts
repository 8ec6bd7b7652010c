import { isRecord } from '../protocol/json.ts'
import type { FlowContext } from './context.ts'
import type { Step } from './step-definition.ts'
import type { OutputOf, StepLike } from './step-like.ts'

/** Where one key of a mapping comes from. A path is `a.b.c`; `.` is the whole. */
export type MappingSource<Input = never, State = never, Init = never> =
  | { step: StepLike | readonly StepLike[]; path: string }
  | { initData: StepLike; path: string }
  | { value: unknown }
  | { runtimeContextPath: string }
  | { fn: (context: FlowContext<Input, State, Init>) => unknown }

export type Mapping<Input = never, State = never, Init = never> = Record<
  string,
  MappingSource<Input, State, Init>
>

/** What a declared mapping gives. */
export type Mapped<M> = { [Key in keyof M]: MappedValue<M[Key]> }

type MappedValue<Source> = Source extends { step: infer S; path: infer Path }
  ? S extends StepLike
    ? At<OutputOf<S>, Path>
    : S extends readonly StepLike[]
      ? At<OutputOf<S[number]>, Path>
      : unknown
  : Source extends { value: infer Value }
    ? Value
    : Source extends { fn: (...args: never) => infer Result }
      ? Awaited<Result>
      : unknown

type At<Value, Path> = Path extends '.'
  ? Value
  : Path extends `${infer Key}.${infer Rest}`
    ? Key extends keyof Value
      ? At<Value[Key], Rest>
      : unknown
    : Path extends keyof Value
      ? Value[Path]
      : unknown

type MapFunction = (context: FlowContext<never, never, never>) => unknown

/** A step that only makes one value of others. */
export function mappingStep(id: string, mapping: MapFunction | Mapping): Step {
  const execute =
    typeof mapping === 'function'
      ? mapping
      : (context: FlowContext<never, never, never>) => readMapping(mapping, context)
  return {
    kind: 'step',
    id,
    description: '',
    inputSchema: undefined,
    outputSchema: undefined,
    stateSchema: undefined,
    suspendSchema: undefined,
    resumeSchema: undefined,
    retry: undefined,
    timeoutMs: undefined,
    effect: 'retry',
    from: 'mapping',
    execute,
    reconcile: undefined,
  }
}

async function readMapping(
  mapping: Mapping,
  context: FlowContext<never, never, never>,
): Promise<Record<string, unknown>> {
  const entries = Object.entries(mapping).map(
    async ([key, source]) => [key, await read(source, context)] as const,
  )
  return Object.fromEntries(await Promise.all(entries))
}

function read(source: MappingSource, context: FlowContext<never, never, never>): unknown {
  if ('value' in source) return source.value
  if ('fn' in source) return source.fn(context)
  if ('runtimeContextPath' in source) {
    const [key = '', ...rest] = source.runtimeContextPath.split('.')
    return at(context.runtimeContext.get(key), rest)
  }
  const path = source.path === '.' ? [] : source.path.split('.')
  if ('initData' in source) return at(context.getInitData(), path)
  // Of several steps, such as the branches of one node, the first that was executed counts.
  const steps: readonly StepLike[] = 'id' in source.step ? [source.step] : source.step
  const found = steps.map((step) => context.getStepResult(step.id)).find((result) => result !== undefined)
  return at(found, path)
}

function at(value: unknown, path: readonly string[]): unknown {
  let found = value
  for (const key of path) {
    if (Array.isArray(found)) found = found[Number(key)] as unknown
    else found = isRecord(found) && Object.hasOwn(found, key) ? found[key] : undefined
  }
  return found
}
