// A Markdown table as a terminal shows it: columns side by side, cells wrapped so that all of it fits.

const GAP = '  '

/** No column gets narrower than this, however narrow the terminal. */
const NARROWEST = 8

/**
 * @param {string[]} lines the table's lines, from the head to the last row
 * @param {{ width: number, head?: (text: string) => string }} options `head` paints the line of titles
 * @returns {string[]} lines without a break at their end
 */
export function layOut(lines, { width, head = String }) {
  const rows = lines.filter((line) => !/^\|(?:\s*:?-+:?\s*\|)+\s*$/.test(line)).map(cellsOf)
  const widths = fitted(widthsOf(rows), width)
  const [titles = [], ...body] = rows
  return [
    ...drawn(titles, widths).map((line) => head(line)),
    widths.map((columns) => '─'.repeat(columns)).join(GAP),
    ...body.flatMap((row) => drawn(row, widths)),
  ]
}

/** @param {string} line */
function cellsOf(line) {
  return line
    .trim()
    .replace(/^\||(?<!\\)\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll(String.raw`\|`, '|'))
}

/** @param {string[][]} rows */
function widthsOf(rows) {
  const count = Math.max(0, ...rows.map((row) => row.length))
  return Array.from({ length: count }, (_, at) => Math.max(1, ...rows.map((row) => (row[at] ?? '').length)))
}

/** Takes from the widest column until all fit. @param {number[]} natural @param {number} width */
function fitted(natural, width) {
  const widths = [...natural]
  const room = width - GAP.length * (widths.length - 1)
  while (sum(widths) > room) {
    const widest = Math.max(...widths)
    if (widest <= NARROWEST) break
    widths[widths.indexOf(widest)] = widest - 1
  }
  return widths
}

/** A row as lines: its longest cell says how many. @param {string[]} row @param {number[]} widths */
function drawn(row, widths) {
  const cells = widths.map((columns, at) => wrapped(row[at] ?? '', columns))
  const height = Math.max(1, ...cells.map((lines) => lines.length))
  return Array.from({ length: height }, (_, at) =>
    cells
      .map((lines, column) => (lines[at] ?? '').padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  )
}

/** @param {string} text @param {number} columns */
function wrapped(text, columns) {
  /** @type {string[]} */
  const lines = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
    while (line.length > columns) {
      lines.push(line.slice(0, columns))
      line = line.slice(columns)
    }
  }
  return [...lines, line]
}

/** @param {number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0)
}
