// Reads what wrangler prints: the one error that matters at the start, and later which lines are the Worker's.
import { withoutColors } from '../terminal.mjs'

const ERROR = /^\s*✘ \[ERROR\] (.*)$/
const WARNING = /^\s*▲ \[WARNING\] (.*)$/
const POSITION = /^\s*(\S.*?):(\d+):(\d+):?$/
const FRAME = /^\s*at .*?\(?([^\s()]+):(\d+):(\d+)\)?(?: in .*)?$/
const GENERAL =
  /^(Build failed with|The Workers runtime failed to start|Processing .* configuration|Failed to load local dev)/

/** @typedef {{ file: string, line: number, column: number }} Place as wrangler names it, counted from 1 */

/**
 * @typedef {object} StartError
 * @property {string} message
 * @property {Place[]} places the innermost first; `index.js` is the bundle
 */

/**
 * The most telling error of wrangler's output: the first that is not a general headline.
 * @param {string} output
 * @returns {StartError | undefined}
 */
export function findStartError(output) {
  const lines = withoutColors(output).split('\n')
  const starts = lines.flatMap((line, index) => (ERROR.test(line) ? [index] : []))
  const blocks = starts.map((start, n) => readBlock(lines.slice(start, starts[n + 1] ?? lines.length)))
  return blocks.find((block) => !GENERAL.test(block.message)) ?? blocks[0]
}

/** @param {string[]} block @returns {StartError} */
function readBlock([head = '', ...rest]) {
  const headline = (ERROR.exec(head)?.[1] ?? head).trim()
  const detail = rest.map((line) => /^\s+- (.*)$/.exec(line)?.[1]).find((text) => text !== undefined)
  const message = clean(detail && GENERAL.test(headline) ? `${headline} ${detail}` : headline)
  return { message, places: rest.flatMap((line) => readPlace(line) ?? []) }
}

/** esbuild and the TOML reader count columns from 0, stack frames from 1. @param {string} line @returns {Place | undefined} */
function readPlace(line) {
  const position = POSITION.exec(line)
  const match = position ?? FRAME.exec(line)
  if (!match) return undefined
  return { file: match[1] ?? '', line: Number(match[2]), column: Number(match[3]) + (position ? 1 : 0) }
}

/** @param {string} message */
function clean(message) {
  return message
    .replace(/^service core:user:[^:]+: /, '')
    .replace(/^Uncaught /, '')
    .replace(/:$/, '')
    .replace(/\.$/, '')
}

/** Does this line begin an error or say one? @param {string} line */
export function isErrorLine(line) {
  return ERROR.test(withoutColors(line))
}

const NOISE = [
  /^\[wrangler:info\] (Ready on|Shutting down|GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\b/,
  /^⎔ (Starting|Reloading|Shutting down)/,
  /^Your Worker (has access to|and resources are|sent Workers)/,
  /^✨ Parsed \d+ valid header rules?\.?$/u,
  // workerd's notes to its makers on alarms that it found late or moved: they ring as they should.
  /^(?:\S+ )?(?:\[\S+\] )?workerd\/\S+: (?:debug|info|warning): NOSENTRY .*alarm/i,
  /^Binding\s+Resource/,
  /^env\.\w+ \(/,
  /^Using secrets defined in/,
  /^🪵|^ ?⛅️|^─+$/u,
  /^Note that there is a newer version of Wrangler/,
  /^If you think this is a bug then please/,
]

/**
 * One line of the running server as it is shown, or undefined where it is only wrangler talking.
 * @param {string} raw
 * @returns {string | undefined}
 */
export function workerLine(raw) {
  const line = withoutColors(raw).trimEnd()
  const failed = /^\[wrangler:info\] ([A-Z]+ \S+ 5\d\d .*)$/.exec(line)
  if (failed) return failed[1]
  if (NOISE.some((pattern) => pattern.test(line))) return undefined
  const tagged = ERROR.exec(line) ?? /^\[wrangler:error\] (.*)$/.exec(line)
  if (tagged) return `error: ${tagged[1]}`
  const warned = WARNING.exec(line) ?? /^\[wrangler:warn\] (.*)$/.exec(line)
  return warned ? `warning: ${warned[1]}` : line
}

/**
 * Cuts a stream of output into lines; the last one need not end.
 * @param {import('node:stream').Readable | null} stream
 * @param {(line: string) => void} onLine
 */
export function readLines(stream, onLine) {
  let rest = ''
  const decoder = new TextDecoder()
  stream?.on('data', (/** @type {Buffer} */ chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
  stream?.on('end', () => {
    if (rest !== '') onLine(rest)
  })
}
