// Draws the steps of a workflow's run as they come.
import { seconds } from '../terminal.mjs'

/** @typedef {import('./run.mjs').RunChunk} RunChunk */

/**
 * How a run came to stand still: at its end, or where somebody is asked.
 * @typedef {object} Standing
 * @property {string} status
 * @property {any} [result]
 * @property {string} [error]
 * @property {string} [step] the step that asks
 * @property {any} [asked] what it asks
 */

/**
 * @param {object} options
 * @param {import('./screen.mjs').Screen} options.screen
 * @param {ReturnType<typeof import('../terminal.mjs').colorsFor>} options.colors
 */
export function createStepRenderer({ screen, colors }) {
  /** @type {Standing} */
  const standing = { status: 'running' }
  /** @type {Set<string>} */
  const running = new Set()
  const showRunning = () => {
    if (running.size > 0) screen.status(colors.dim(`  ${[...running].join(', ')} ...`))
  }
  return {
    standing,
    /** @param {RunChunk} chunk */
    draw: ({ type, payload }) => {
      const { id, status } = payload
      if (type === 'workflow-step-start') running.add(id)
      if (type === 'workflow-step-result' || type === 'workflow-step-suspended') {
        running.delete(id)
        screen.line(stepLine(payload, colors))
      }
      if (type === 'workflow-step-suspended')
        Object.assign(standing, { step: id, asked: payload['suspendPayload'] })
      if (status === 'failed') standing.error = payload['error']?.message ?? 'unknown'
      if (type === 'error') standing.error = payload['error']?.message ?? 'unknown'
      if (type === 'workflow-finish') {
        standing.status = payload['workflowStatus']
        standing.result = payload['finalWorkflowResult']
      }
      showRunning()
    },
  }
}

/** @param {RunChunk['payload']} payload @param {ReturnType<typeof import('../terminal.mjs').colorsFor>} colors */
function stepLine({ id, status, startedAt, endedAt, error, resumedAt }, colors) {
  if (status === 'suspended') return colors.yellow(`  ${id} waits for a decision`)
  const took = endedAt === undefined ? '' : ` ${seconds(endedAt - (resumedAt ?? startedAt))}`
  const line = colors.dim(`  ${id}${took}`)
  return status === 'failed' ? line + colors.red(` ${error?.message ?? 'failed'}`) : line
}
