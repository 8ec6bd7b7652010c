/** Kills a thread's object right after one of its commits. Shared by the tests and the objects: they run in one isolate. */
export interface FaultPlan {
  /** Commits that were made while the plan was in force. */
  commits: number
  /** The commits after which the object dies, from 0. */
  dieAfter: readonly number[]
  /** How often it died. */
  deaths: number
}

export const plan: FaultPlan = { commits: 0, dieAfter: [], deaths: 0 }

export function arm(...dieAfter: (number | undefined)[]): void {
  Object.assign(plan, { commits: 0, dieAfter, deaths: 0 })
}

export async function afterCommit(state: DurableObjectState): Promise<void> {
  const commit = plan.commits
  plan.commits += 1
  if (!plan.dieAfter.includes(commit)) return
  plan.deaths += 1
  await state.storage.sync()
  state.abort('killed by the test')
  // Nothing may follow: what is awaited here never resolves.
  await new Promise(() => undefined)
}
