/** The clock of the Store objects of these tests, which may run ahead of the real one. */
const clock = { ahead: 0 }

export function now(): number {
  return Date.now() + clock.ahead
}

/** Milliseconds pass at once. */
export function pass(ms: number): void {
  clock.ahead += ms
}
