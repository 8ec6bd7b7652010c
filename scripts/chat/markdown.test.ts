import { expect, it } from 'vitest'
import { colorsFor } from '../terminal.mjs'
import { withMarkdown } from './markdown.mjs'
import { createScreen } from './screen.mjs'
import { layOut } from './table.mjs'

const TEXT = `### Costs

Two **ways**:

| Way | Cost |
| --- | ---: |
| serverless | $1,500-5,600 |
| a\\|b | $9 |

\`\`\`mermaid
flowchart TB
  a["a long line that is not to be wrapped"] --> b

  c
\`\`\`
- one
`

function show(pieces: string[], terminal: { isTTY?: boolean; columns?: number } = {}) {
  let shown = ''
  const plain = createScreen({ ...terminal, write: (text: string) => (shown += text) })
  const screen = withMarkdown(plain, colorsFor({}, {}))
  for (const piece of pieces) screen.text(piece)
  screen.end()
  return shown
}

it('lays tables out, keeps code as it is, and lets prose through', () => {
  expect(show([TEXT])).toBe(`### Costs

Two **ways**:

Way         Cost
──────────  ────────────
serverless  $1,500-5,600
a|b         $9

\`\`\`mermaid
flowchart TB
  a["a long line that is not to be wrapped"] --> b

  c
\`\`\`
- one
`)
})

it('shows the same however the text is cut', () => {
  for (const size of [1, 2, 3, 7, 50]) {
    const pieces = TEXT.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g')) ?? []
    expect(show(pieces)).toBe(show([TEXT]))
    expect(show(pieces, { isTTY: true, columns: 24 })).toBe(show([TEXT], { isTTY: true, columns: 24 }))
  }
})

it('does not wrap code on a narrow terminal, and ends what was cut off', () => {
  const narrow = { isTTY: true, columns: 24 }
  expect(show([TEXT], narrow)).toContain('  a["a long line that is not to be wrapped"] --> b\n')
  expect(show(['| a | b |\n| --- | --- |\n| 1 | 2'], narrow)).toBe('a  b\n─  ─\n1  2\n')
  expect(show(['`code` is prose'], narrow)).toBe('`code` is prose\n')
})

it('wraps the cells of a table that is too wide, in the widest column first', () => {
  const lines = layOut(['| a | why |', '|---|---|', '| 9 | because of the cost of it |', '| 10 | no |'], {
    width: 20,
  })
  expect(lines).toEqual(['a   why', '──  ────────────────', '9   because of the', '    cost of it', '10  no'])
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(20)
})

it('takes a table without rows, with rows of unequal length, and words that are too long', () => {
  expect(layOut(['| a |'], { width: 80 })).toEqual(['a', '─'])
  expect(layOut(['| a | b |', '| --- | --- |', '| 1 |'], { width: 80 })).toEqual(['a  b', '─  ─', '1'])
  expect(layOut(['| abcdefghijkl |'], { width: 4 })).toEqual(['abcdefgh', 'ijkl', '────────'])
})
