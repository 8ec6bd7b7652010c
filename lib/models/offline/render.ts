import { labelOf, phraseOf } from './labels.ts'
import { isRecord } from './schema.ts'
import type { Schema } from './schema.ts'

const PROSE =
  /^(?:summary|report|answer|text|markdown|message|content|reply|response|result|output|explanation|recommendation|description|body)$/i
const MERMAID =
  /^\s*(?:%%\{|---\n[\s\S]*?---\s*|)(?:graph\s|flowchart\s|sequenceDiagram|classDiagram|stateDiagram|erDiagram|gantt|pie\b|mindmap|journey|gitGraph|timeline|block-beta|quadrantChart|C4Context)/

/** A result as markdown. `asked` holds words of the request: what they name comes first. */
export function render(value: unknown, asked: ReadonlySet<string> = new Set()): string {
  if (typeof value === 'string') return block(value)
  if (Array.isArray(value)) return list(value)
  if (isRecord(value)) return object(value, asked)
  return value === null || value === undefined ? 'Done.' : String(value)
}

/** A result as a text that another tool can take: its finished text if it has one, else one line a value. */
export function proseOf(value: unknown): string {
  const [, text] = proseIn(value) ?? []
  return text ?? render(value).replace(/\*\*/g, '').replace(/^- /gm, '').trim()
}

function object(value: Schema, asked: ReadonlySet<string>): string {
  const prose = proseIn(value)
  const rest = Object.entries(value).filter(([key]) => key !== prose?.[0])
  const isAsked = (key: string) =>
    phraseOf(key)
      .split(' ')
      .some((word) => asked.has(word))
  const ordered = [...rest.filter(([key]) => isAsked(key)), ...rest.filter(([key]) => !isAsked(key))]
  const lines = ordered.filter(([, inner]) => isShort(inner)).map(([key, inner]) => line(key, inner))
  const blocks = ordered
    .filter(([, inner]) => !isShort(inner))
    .map(([key, inner]) => `**${labelOf(key).label}**\n\n${render(inner)}`)
  return [prose && block(prose[1]), lines.join('\n'), ...blocks].filter(Boolean).join('\n\n')
}

function line(key: string, value: unknown): string {
  const { label, unit } = labelOf(key)
  return `- **${label}:** ${scalar(value, unit)}`
}

function scalar(value: unknown, unit = ''): string {
  if (Array.isArray(value)) return value.map((item) => scalar(item, unit)).join(', ') || 'none'
  if (isRecord(value))
    return Object.entries(value)
      .map(([key, inner]) => `${labelOf(key).label.toLowerCase()} ${scalar(inner, labelOf(key).unit)}`)
      .join(', ')
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number')
    return unit ? `${value}${/^[%°]/.test(unit) ? '' : ' '}${unit}`.replace(/(\d)°/, '$1 °') : String(value)
  return value === null || value === undefined || value === '' ? '–' : String(value)
}

function list(items: readonly unknown[]): string {
  if (items.length === 0) return 'Nothing found.'
  const rows = items.filter(isRecord)
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const isFlat = rows.every((row) => Object.values(row).every(isCell))
  if (rows.length === items.length && isFlat && keys.length < 9) return table(rows, keys)
  return items
    .map((item) => (isShort(item) ? `- ${scalar(item)}` : render(item)))
    .join(rows.length > 0 ? '\n\n' : '\n')
}

function table(rows: readonly Schema[], keys: readonly string[]): string {
  const head = keys.map((key) => labelOf(key).label)
  return [
    row(head),
    row(keys.map(() => '---')),
    ...rows.map((one) => row(keys.map((key) => scalar(one[key], labelOf(key).unit)))),
  ].join('\n')
}

const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replace(/\s*\n\s*/g, ' ')

/** A text of its own, with a fence if it is a diagram. */
function block(text: string): string {
  if (MERMAID.test(text)) return `\`\`\`mermaid\n${text.trim()}\n\`\`\``
  return text.trim()
}

/** The property that reads as a finished text. */
function proseIn(value: unknown): readonly [string, string] | undefined {
  if (!isRecord(value)) return undefined
  const texts = Object.entries(value).flatMap(([key, inner]): [string, string][] =>
    typeof inner === 'string' &&
    PROSE.test(key) &&
    (/\s\S+\s/.test(inner) || Object.keys(value).length === 1) &&
    !MERMAID.test(inner)
      ? [[key, inner]]
      : [],
  )
  return texts.sort((a, b) => b[1].length - a[1].length)[0]
}

const isCell = (value: unknown): boolean =>
  isShort(value) || (typeof value === 'string' && value.length < 160 && !MERMAID.test(value))

const isShort = (value: unknown): boolean => {
  if (typeof value === 'string') return !MERMAID.test(value) && !value.includes('\n')
  if (Array.isArray(value))
    return (
      value.every((item) => !isRecord(item) && !Array.isArray(item) && isShort(item)) &&
      // Whole phrases side by side cannot be told apart.
      value.every((item) => String(item).length < 30) &&
      String(value).length < 200
    )
  if (isRecord(value))
    return (
      Object.keys(value).length < 5 &&
      Object.values(value).every((inner) => !isRecord(inner) && !Array.isArray(inner) && isShort(inner))
    )
  return true
}
