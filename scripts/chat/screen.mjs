// A terminal that text is streamed to: words are wrapped as they arrive, and a status line is shown until the next
// output takes its place. Without a terminal the text goes out as it is, and status lines do not exist.

/**
 * @typedef {object} Screen
 * @property {(text: string) => void} text streamed text; a word is held back until it is known to be whole
 * @property {(line: string) => void} line a whole line, on a line of its own
 * @property {(line: string) => void} status
 * @property {() => void} end ends a line that was begun
 * @property {number} width
 */

/**
 * @param {{ write: (text: string) => unknown, isTTY?: boolean | undefined, columns?: number | undefined }} out
 * @returns {Screen}
 */
export function createScreen(out) {
  const width = out.isTTY ? Math.max(20, Math.min(out.columns ?? 80, 100)) : Number.POSITIVE_INFINITY
  let column = 0
  let word = ''
  let hasStatus = false
  const write = (/** @type {string} */ text) => {
    if (hasStatus) out.write('\r\u001B[2K')
    hasStatus = false
    out.write(text)
  }
  const flushWord = () => {
    if (word === '') return
    const startsLine = column > 0 && column + word.length > width
    write(startsLine ? `\n${word}` : word)
    column = (startsLine ? 0 : column) + word.length
    word = ''
  }
  const space = (/** @type {string} */ mark) => {
    flushWord()
    const breaks = mark === '\n' || column + 1 > width
    write(breaks ? '\n' : mark)
    column = breaks ? 0 : column + 1
  }
  const end = () => {
    flushWord()
    if (column > 0) write('\n')
    column = 0
  }
  return {
    width,
    text: (text) => {
      if (!out.isTTY) {
        write(text)
        column = text.endsWith('\n') ? 0 : column + text.length
        return
      }
      for (const character of text) {
        if (character === ' ' || character === '\n') space(character)
        else word += character
      }
    },
    line: (line) => {
      end()
      write(`${line}\n`)
    },
    status: (line) => {
      if (!out.isTTY) return
      end()
      write(line)
      hasStatus = true
    },
    end,
  }
}
