// workerd reports on standard error every object that a test kills or clears on purpose, with a native stack; in a
// run of hundreds of them the one line that matters is lost.

const ON_PURPOSE =
  /^(?:uncaught exception; )?exception = workerd\/.*(?:killed by the test|deleteAllDurableObjects\(\))/
const STACK = /^stack: /

/**
 * Keeps of a stream of lines what is not noise.
 * @param {(line: string) => void} onLine
 * @returns {(line: string) => void}
 */
export function withoutNoise(onLine) {
  let wasNoise = false
  return (line) => {
    const isStack = wasNoise && STACK.test(line)
    wasNoise = ON_PURPOSE.test(line)
    if (!wasNoise && !isStack) onLine(line)
  }
}
