import type { ErrorCode, Issue } from '../../protocol/error.ts'
import { EdgewiseError } from '../../protocol/error.ts'

/**
 * What became of a call to another object: its result, or the caller's own mistake. A mistake that is thrown across
 * the border loses its class, and is reported as a failure of the object that found it.
 */
export type Settled<Result> = { type: 'done'; result: Result } | { type: 'refused'; refusal: Refusal }

type Refusal =
  | { type: 'failure'; code: ErrorCode; message: string; issues?: Issue[] }
  | { type: 'mistake'; name: keyof typeof MISTAKES; message: string }

const MISTAKES = { TypeError, RangeError, ReferenceError }

/** Rejects only with what is not the caller's mistake. */
export async function settle<Result>(work: () => Promise<Result>): Promise<Settled<Result>> {
  try {
    return { type: 'done', result: await work() }
  } catch (error) {
    if (error instanceof EdgewiseError) {
      const { code, message, issues } = error
      return { type: 'refused', refusal: { type: 'failure', code, message, ...(issues && { issues }) } }
    }
    const name = error instanceof Error ? nameOf(error) : undefined
    if (!(error instanceof Error) || !name) throw error
    return { type: 'refused', refusal: { type: 'mistake', name, message: error.message } }
  }
}

/** The result. @throws what {@link settle} caught. */
export function unsettle<Result>(settled: Settled<Result>): Result {
  if (settled.type === 'done') return settled.result
  const { refusal } = settled
  if (refusal.type === 'mistake') throw new MISTAKES[refusal.name](refusal.message)
  const { code, message, issues } = refusal
  throw new EdgewiseError(code, message, issues && { issues })
}

function nameOf(error: Error): keyof typeof MISTAKES | undefined {
  if (error instanceof TypeError) return 'TypeError'
  if (error instanceof RangeError) return 'RangeError'
  return error instanceof ReferenceError ? 'ReferenceError' : undefined
}
