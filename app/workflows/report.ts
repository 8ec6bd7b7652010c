import type * as z from 'zod'
import { designOf } from '../advisor/design-of.ts'
import { summarize } from '../advisor/summary.ts'
import type { compareOutput } from '../tools/compare-output.ts'
import type { diagramOutput } from '../tools/diagram-output.ts'

export interface ReportParts {
  /** The design's line. */
  design: string
  assumptions: readonly string[]
  /** Of the architecture that was decided for. */
  diagram: z.output<typeof diagramOutput>
  comparison: z.output<typeof compareOutput>
  /** What the one who decided said. */
  note?: string | undefined
}

/** The report, as markdown. */
export function toReport({ design, assumptions, diagram, comparison, note }: ReportParts): string {
  const read = designOf(design)
  const { recommended, estimates, tradeOffs, basis } = comparison
  const isOther = diagram.architecture !== recommended
  const decided = isOther ? `${diagram.architecture}, against the recommendation` : diagram.architecture
  return [
    `# ${read.appName}`,
    `Decided: **${decided}**.${note ? ` ${note}` : ''}`,
    summarize(read),
    `## The ${diagram.architecture} architecture`,
    `\`\`\`mermaid\n${diagram.mermaidCode}\n\`\`\``,
    table(
      ['Component', 'Runs on', 'Keeps its data in'],
      diagram.components.map(({ component, runsOn, keeps }) => [component, runsOn, keeps]),
    ),
    '## The two side by side',
    table(
      ['', 'Serverless', 'Microservices'],
      [
        ...estimates.map(({ estimate, serverless, microservices }) => [estimate, serverless, microservices]),
        ...tradeOffs.map(({ dimension, serverless, microservices }) => [
          dimension,
          `${serverless}`,
          `${microservices}`,
        ]),
      ],
    ),
    `${basis}.`,
    ...(assumptions.length > 0
      ? [`Assumed:\n${assumptions.map((assumption) => `- ${assumption}`).join('\n')}`]
      : []),
  ].join('\n\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [toRow(head), toRow(head.map(() => '---')), ...rows.map(toRow)].join('\n')
}

function toRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}
