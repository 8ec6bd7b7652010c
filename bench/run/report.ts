/** One line of a bench: what was found, and whether it is what DESIGN section 9 asks for. */
export interface Finding {
  what: string
  /** The figure, ratio first, as it is to be read. */
  found: string
  aim?: string
  /** `wrong` is past the line from which something must be broken. Without an aim there is no verdict. */
  verdict?: 'pass' | 'over' | 'wrong'
}

export interface Bench {
  name: string
  about: string
  /** Gives its findings as they come, and stops whatever it started. */
  run(): AsyncGenerator<Finding>
}

export type Verdict = NonNullable<Finding['verdict']>

export function judge(value: number, aim: number, wrong = Number.POSITIVE_INFINITY): Verdict {
  if (value <= aim) return 'pass'
  return value > wrong ? 'wrong' : 'over'
}

export function toLine({ what, found, aim, verdict }: Finding): string {
  const judged = verdict ? `${verdict.padEnd(5)} (aim ${aim})` : ''
  return `  ${what.padEnd(42)}${found.padEnd(64)}${judged}`.trimEnd()
}

export function times(value: number): string {
  return `${value.toFixed(2)}x`
}

export function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`
}
