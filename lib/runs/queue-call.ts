/** What is asked of a queue's object, in the body of an internal request. Each may come twice, and late. */
export type QueueCall =
  /** A run wants to be going; it is told when it may. */
  | { type: 'queue-acquire'; address: string; ticket: number }
  /** It is over, or gone. */
  | { type: 'queue-release'; address: string; ticket: number }
  /** How many are before it. */
  | { type: 'queue-place'; address: string }
