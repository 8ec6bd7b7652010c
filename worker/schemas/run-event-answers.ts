import * as z from 'zod'

export const eventReceipt = z.object({
  eventId: z.string(),
  /** It is in the run's mailbox now. */
  accepted: z.boolean(),
  /** It had come before, under this id. */
  duplicate: z.boolean(),
})
