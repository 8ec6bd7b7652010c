/** Ties a definition to its types. No value has it. */
export declare const TYPES: unique symbol

/**
 * Whatever can stand at a place of a workflow: a step, or another workflow. It takes an `Input` or less, and needs a
 * state with at least what `State` says.
 */
export interface StepLike<Id extends string = string, Input = never, Output = unknown, State = never> {
  readonly kind: 'step' | 'workflow'
  readonly id: Id
  readonly [TYPES]?: { input: (value: Input) => void; state: (value: State) => void; output: Output }
}

type TypesOf<S extends StepLike> = NonNullable<S[typeof TYPES]>

export type IdOf<S extends StepLike> = S['id']
export type OutputOf<S extends StepLike> = TypesOf<S>['output']
export type InputOf<S extends StepLike> = Parameters<TypesOf<S>['input']>[0]
export type StateOf<S extends StepLike> = Parameters<TypesOf<S>['state']>[0]

/** `unknown` if the step can stand behind something that gives `Given`; else a type that says why it cannot. */
export type Fits<Given, State, S extends StepLike> = [Given] extends [InputOf<S>]
  ? [State] extends [StateOf<S>]
    ? unknown
    : { 'its stateSchema asks for more than the workflow has': StateOf<S> }
  : { 'it takes something else than it is given': InputOf<S> }
