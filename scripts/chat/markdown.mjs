// Markdown on its way to a screen. Prose goes through as it comes; what is a block is held until it is whole: a
// table, to be laid out; a line of code, which must not be wrapped; a heading.
import { layOut } from './table.mjs'

/** @typedef {import('./screen.mjs').Screen} Screen */

/**
 * @param {Screen} screen
 * @param {ReturnType<typeof import('../terminal.mjs').colorsFor>} colors
 * @returns {Screen} the same screen for somebody who writes Markdown
 */
export function withMarkdown(screen, colors) {
  /** The line that is held, or none if the line that runs is prose. @type {string | undefined} */
  let held = ''
  /** @type {string[]} */
  let table = []
  let isCode = false

  const endTable = () => {
    if (table.length > 0)
      for (const line of layOut(table, { width: screen.width, head: colors.bold })) screen.line(line)
    table = []
  }
  const wholeLine = (/** @type {string} */ line) => {
    if (line.startsWith('```')) {
      isCode = !isCode
      screen.line(colors.dim(line))
    } else if (isCode) screen.line(colors.cyan(line))
    else if (line.startsWith('|')) table.push(line)
    else screen.line(line.startsWith('#') ? colors.bold(line) : line)
  }
  const write = (/** @type {string} */ character) => {
    if (held === undefined) {
      screen.text(character)
      if (character === '\n') held = ''
    } else if (character === '\n') {
      if (held === '') endTable()
      if (held === '' && !isCode) screen.text('\n')
      else wholeLine(held)
      held = ''
    } else {
      held += character
      if (isCode || isBlock(held)) return
      endTable()
      screen.text(held)
      held = undefined
    }
  }
  const flush = () => {
    if (held) wholeLine(held)
    held = ''
    endTable()
  }
  return {
    width: screen.width,
    text: (text) => {
      for (const character of text) write(character)
    },
    line: (line) => {
      flush()
      screen.line(line)
    },
    status: (line) => {
      flush()
      screen.status(line)
    },
    end: () => {
      flush()
      screen.end()
    },
  }
}

/** Whether a line that begins so is, or may become, a block's. @param {string} line */
function isBlock(line) {
  return /^(?:\||#|`{1,2}$|```)/.test(line)
}
