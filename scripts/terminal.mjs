// Colours and one-line failures, alike in every script.

/** @typedef {{ isTTY?: boolean | undefined, columns?: number | undefined }} Terminal */

/**
 * Colour functions; all of them do nothing where colour is not wanted (no terminal, or NO_COLOR is set).
 * @param {Terminal} stream
 * @param {Record<string, string | undefined>} [env]
 */
export function colorsFor(stream, env = process.env) {
  const on = stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  /** @param {number} code @returns {(text: string) => string} */
  const paint = (code) => (text) => (on ? `\u001B[${code}m${text}\u001B[0m` : text)
  return {
    bold: paint(1),
    dim: paint(2),
    red: paint(31),
    green: paint(32),
    yellow: paint(33),
    cyan: paint(36),
  }
}

// oxlint-disable-next-line no-control-regex -- the escape character is what is looked for
const ANSI = /\u001B\[[0-9;?]*[A-Za-z]/g

/** @param {string} text */
export function withoutColors(text) {
  return text.replaceAll(ANSI, '')
}

/** A failure that is fully told by its message: the scripts print that one line and leave with code 1. */
export class Failure extends Error {
  /** @param {string} message @param {string} [details] lines to print above the message */
  constructor(message, details) {
    super(message)
    this.name = 'Failure'
    this.details = details
  }
}

/**
 * Runs a script's main function and turns what it throws into an exit code.
 * @param {() => Promise<number | void>} main resolves to the exit code, 0 if it says nothing
 */
export async function runMain(main) {
  try {
    process.exitCode = (await main()) ?? 0
  } catch (error) {
    if (error instanceof Failure && error.details) console.error(error.details)
    const red = colorsFor(process.stderr).red
    console.error(red(error instanceof Failure ? error.message : `Unexpected: ${inspect(error)}`))
    process.exitCode = 1
  }
}

/** @param {unknown} error */
function inspect(error) {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** A duration as a person reads it. @param {number} milliseconds */
export function seconds(milliseconds) {
  if (milliseconds < 100) return `${Math.round(milliseconds)} ms`
  return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 1 : 0)} s`
}
