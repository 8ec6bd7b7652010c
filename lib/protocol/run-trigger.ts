/** What has started a run by itself. */
export type RunTrigger = {
  scheduleId: string
  /** The time that it was due at, in milliseconds since 1970; of one that was run by hand, when that was. */
  scheduledFireAt: number
}
