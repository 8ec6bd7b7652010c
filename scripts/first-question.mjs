/** What a newcomer's first question is, in the lines that `npm start` prints and in the demo: about app/'s first agent. */
export const FIRST_QUESTION = 'A ride-sharing app for 100k daily users with real-time tracking'

/** What may follow it on the same thread. */
export const FOLLOW_UPS = [
  'Now show me the Kubernetes version',
  'Add payment processing to that design',
  'What would it cost for 1M users?',
]
