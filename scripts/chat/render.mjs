// Draws the chunks of an answer as they come. What was drawn is remembered by step and block, so that a replay of
// the same turn (after a broken connection) draws only what is new.
import { seconds } from '../terminal.mjs'

/** @typedef {import('./client.mjs').Chunk} Chunk */
/** @typedef {{ name: string, input: unknown, since?: number }} RunningTool */

/**
 * @typedef {object} View
 * @property {import('./screen.mjs').Screen} screen
 * @property {ReturnType<typeof import('../terminal.mjs').colorsFor>} colors
 * @property {() => number} now
 * @property {number} started
 * @property {Map<string, string>} texts what the stream said so far, by step and block
 * @property {Map<string, string>} drawn what of it is on the screen
 * @property {Map<string, RunningTool>} tools
 * @property {Set<string>} toolsDrawn
 * @property {number} step
 * @property {number} [firstTokenAt]
 * @property {string} [error]
 * @property {string} [abort]
 * @property {boolean} [isLost]
 */

/**
 * @param {Pick<View, 'screen' | 'colors'> & { now?: () => number }} options
 */
export function createRenderer({ screen, colors, now = Date.now }) {
  /** @type {View} */
  const view = {
    screen,
    colors,
    now,
    started: now(),
    step: 0,
    texts: new Map(),
    drawn: new Map(),
    tools: new Map(),
    toolsDrawn: new Set(),
  }
  return {
    /** @param {Chunk} chunk */
    draw: (chunk) => void DRAW[chunk.type]?.(view, chunk),
    /** Ends the drawing. @returns {{ error: string | undefined, abort: string | undefined }} */
    end: () => {
      screen.end()
      if (view.isLost)
        screen.line(colors.yellow('The turn ended while the connection was broken: its thread has the rest.'))
      screen.line(`\n${colors.dim(closingLine(view))}`)
      return { error: view.error, abort: view.abort }
    },
  }
}

/** @type {Record<string, (view: View, chunk: Chunk) => void>} */
const DRAW = {
  'start-step': (view) => {
    view.step += 1
  },
  'text-delta': (view, { id, delta }) => drawText(view, `${view.step}:${id}`, String(delta ?? '')),
  'text-end': ({ screen }) => screen.end(),
  'reasoning-start': ({ screen, colors }) => screen.status(colors.dim('thinking ...')),
  'tool-input-available': beginTool,
  'tool-input-error': (view, chunk) => {
    beginTool(view, chunk)
    endTool(view, chunk, view.colors.red(` ${chunk['errorText']}`))
  },
  'tool-output-available': (view, chunk) => {
    if (!chunk['preliminary']) endTool(view, chunk, '')
  },
  'tool-output-error': (view, chunk) => endTool(view, chunk, view.colors.red(` ${chunk['errorText']}`)),
  'tool-output-denied': (view, chunk) => endTool(view, chunk, view.colors.yellow(' denied')),
  'tool-approval-request': (view, chunk) => endTool(view, chunk, view.colors.yellow(' waits for approval')),
  'reset-step': resetStep,
  abort: (view, { reason }) => {
    view.abort = String(reason ?? 'no reason given')
  },
  error: (view, { errorText }) => {
    view.error = String(errorText ?? 'unknown')
  },
  'client-rejoined': (view) => {
    view.texts.clear()
    view.step = 0
  },
  'client-over': (view) => {
    view.isLost = true
  },
}

/**
 * @param {View} view
 * @param {string} block
 * @param {string} delta
 */
function drawText(view, block, delta) {
  const whole = (view.texts.get(block) ?? '') + delta
  view.texts.set(block, whole)
  const before = view.drawn.get(block) ?? ''
  if (before.startsWith(whole)) return
  view.firstTokenAt ??= view.now()
  const goesOn = whole.startsWith(before)
  if (!goesOn) sayStartedOver(view)
  view.screen.text(goesOn ? whole.slice(before.length) : whole)
  view.drawn.set(block, whole)
}

/** The step runs again: what it drew does not count any more. @param {View} view */
function resetStep(view) {
  const blocks = [...view.texts.keys()].filter((block) => block.startsWith(`${view.step}:`))
  for (const block of blocks) {
    view.texts.delete(block)
    view.drawn.delete(block)
  }
  if (blocks.length > 0) sayStartedOver(view)
}

/** @param {View} view */
function sayStartedOver({ screen, colors }) {
  screen.line(colors.dim('(this step was started over)'))
}

/** @param {View} view @param {Chunk} chunk */
function beginTool({ tools, toolsDrawn, screen, colors, now }, { toolCallId, toolName, input }) {
  if (toolsDrawn.has(toolCallId)) return
  const tool = { name: toolName, input, since: now() }
  tools.set(toolCallId, tool)
  screen.status(colors.dim(`${toolLine(tool, screen.width - 4)} ...`))
}

/** @param {View} view @param {Chunk} chunk @param {string} mark coloured, what came of it if it is no success */
function endTool({ tools, toolsDrawn, screen, colors, now }, { toolCallId }, mark) {
  const tool = tools.get(toolCallId)
  if (!tool || toolsDrawn.has(toolCallId)) return
  toolsDrawn.add(toolCallId)
  const took = tool.since === undefined ? '' : ` ${seconds(now() - tool.since)}`
  screen.line(colors.dim(`${toolLine(tool, screen.width - took.length)}${took}`) + mark)
}

/** @param {RunningTool} tool @param {number} width */
function toolLine({ name, input }, width) {
  const line = `  ${name} ${JSON.stringify(input) ?? ''}`.trimEnd()
  const limit = Math.min(width, 200)
  return line.length > limit ? `${line.slice(0, limit - 1)}…` : line
}

/** @param {View} view */
function closingLine({ step, toolsDrawn, started, firstTokenAt, now }) {
  const parts = [count(step, 'step'), count(toolsDrawn.size, 'tool'), seconds(now() - started)]
  if (firstTokenAt !== undefined)
    parts.push(`first token after ${((firstTokenAt - started) / 1000).toFixed(2)} s`)
  return parts.join(', ')
}

/** @param {number} number @param {string} noun */
function count(number, noun) {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
