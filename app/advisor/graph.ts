/** A box of a diagram. */
export interface Node {
  readonly id: string
  readonly label: string
  /** What it is, under its name. */
  readonly detail?: string
  readonly shape?: 'box' | 'store' | 'queue' | 'outside'
}

export interface Group {
  readonly id: string
  readonly title: string
  readonly nodes: readonly Node[]
}

export interface Edge {
  readonly from: string
  readonly to: string
  readonly label?: string
  /** Drawn with dots: nobody waits for it. */
  readonly isAsync?: boolean
}

export interface Graph {
  readonly title: string
  readonly groups: readonly Group[]
  readonly edges: readonly Edge[]
}

const SHAPES = {
  box: ['["', '"]'],
  store: ['[("', '")]'],
  queue: ['[["', '"]]'],
  outside: ['("', '")'],
} as const

/** A graph as Mermaid source. Empty groups are left out, and so is an edge that has lost an end. */
export function toMermaid({ title, groups, edges }: Graph): string {
  const shown = groups.filter(({ nodes }) => nodes.length > 0)
  const ids = new Set(shown.flatMap(({ nodes }) => nodes.map(({ id }) => idOf(id))))
  const lines = shown.flatMap((group) => [
    `  subgraph ${idOf(`group-${group.id}`)}["${escape(group.title)}"]`,
    ...group.nodes.map((node) => `    ${drawn(node)}`),
    '  end',
  ])
  const drawnEdges = edges
    .filter(({ from, to }) => ids.has(idOf(from)) && ids.has(idOf(to)))
    .map((edge) => `  ${arrow(edge)}`)
  return ['---', `title: ${titleOf(title)}`, '---', 'flowchart TB', ...lines, ...new Set(drawnEdges)].join(
    '\n',
  )
}

function drawn({ id, label, detail, shape = 'box' }: Node): string {
  const [open, close] = SHAPES[shape]
  return `${idOf(id)}${open}${escape(label)}${detail ? `<br/>${escape(detail)}` : ''}${close}`
}

function arrow({ from, to, label, isAsync }: Edge): string {
  const line = isAsync ? '-.->' : '-->'
  return `${idOf(from)} ${line}${label ? `|"${escape(label)}"|` : ''} ${idOf(to)}`
}

/** Ids begin with a letter of ours, as "end", "graph" and the like are words of the language. */
const idOf = (id: string): string => `n_${id.replace(/[^a-z0-9]+/gi, '_')}`

/** All but letters, digits and a few signs become Mermaid's entity codes, so that no text can end its label. */
const escape = (text: string): string =>
  text.replace(/[^\p{L}\p{N} .,()/+&:'-]/gu, (sign) => `#${sign.codePointAt(0)};`)

/** The title stands in YAML: a JSON string without what YAML or Mermaid would read in it. */
const titleOf = (text: string): string =>
  JSON.stringify(
    text
      .replace(/[^\p{L}\p{N} .,()/+&:'-]/gu, ' ')
      .replace(/ +/g, ' ')
      .trim(),
  )
