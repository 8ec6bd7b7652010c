import { addressOfChild } from '../protocol/run-id.ts'
import type { Change } from '../workflows/drive.ts'
import { goOnWithContext } from '../workflows/give-context.ts'
import { openChildren } from '../workflows/kin.ts'
import type { RunParts } from './parts.ts'
import type { RunWriter } from './run-writer.ts'

/**
 * All that waits for secrets goes on, with those that are in memory: here, and in the runs that this one has started,
 * which get them. False if that is not what was meant: nothing waits for them here, and something for an answer.
 */
export async function giveContext(
  parts: RunParts,
  writer: RunWriter,
  nonce: string | undefined,
  submit: (change: Change) => Promise<void>,
): Promise<boolean> {
  const isTold = tellChildren(parts, writer)
  const goesOn = await goOnWithContext(writer.run, nonce, { submit, now: () => parts.services.now() })
  return goesOn || (isTold && writer.run.suspended.size === 0)
}

/** The letters have the secrets when they are sent, and never in their rows. */
function tellChildren({ platform, rows, alarm, context }: RunParts, { run, onOutbox }: RunWriter): boolean {
  const children = [...openChildren(run).keys()].map(addressOfChild)
  if (children.length === 0 || Object.keys(context.secrets).length === 0) return false
  platform.sql.transaction(() => {
    for (const address of children) rows.postLetter({ address, call: { type: 'context' } })
    alarm.set(run)
  })
  onOutbox()
  return true
}
