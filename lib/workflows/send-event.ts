import type { Change } from './drive.ts'
import { checkEvent, receiveEvent } from './mailbox.ts'
import type { EventReceipt } from './result.ts'
import type { RunState } from './run-state.ts'
import type { SentEvent } from './runner.ts'

/** What makes a change of a run, and resolves when it is kept. */
type Submit = (change: Change) => Promise<void>

/**
 * Puts an event into a run's mailbox; a step that waits for it takes it at once.
 *
 * @throws EdgewiseError `run_ended`, `invalid_request`, and for what is too much.
 */
export async function sendEvent(
  run: RunState,
  sent: SentEvent,
  { submit, now }: { submit: Submit; now: () => number },
): Promise<EventReceipt> {
  // What came before was checked then, and may come again long after.
  if (!run.mailbox?.ids.has(sent.id) && !run.outcome && !run.unwinding)
    await checkEvent(run.root.definition, sent)
  let accepted = false
  await submit((say) => {
    const received = receiveEvent(run, sent, now())
    if (!received) return undefined
    accepted = true
    say(received)
    return run.root
  })
  return { eventId: sent.id, accepted, duplicate: !accepted }
}
