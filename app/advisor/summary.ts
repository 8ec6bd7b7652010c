import { compare } from './compare.ts'
import type { Architecture, Comparison } from './compare.ts'
import { constraintOf } from './constraints.ts'
import type { Design } from './design.ts'
import { dollars, timeOf } from './estimate.ts'
import { featureOf } from './features.ts'
import { short, sizeOf, storage } from './load.ts'
import { partsOf } from './parts.ts'

const NAMES: { readonly [architecture in Architecture]: string } = {
  serverless: 'Serverless, event-driven',
  microservices: 'Microservices on Kubernetes',
}

/** The one recommendation as a sentence or two. */
export function recommendationOf({ recommended, isClear, reasons }: Comparison): string {
  const other = recommended === 'serverless' ? 'microservices' : 'serverless'
  const how = isClear ? '' : ` It is a close call: ${other} would do as well.`
  return `Take ${recommended === 'serverless' ? 'the serverless architecture' : 'microservices on Kubernetes'}. ${reasons[0] ?? 'It is the simpler one'}.${how}`
}

/** The executive summary, as markdown. */
export function summarize(design: Design): string {
  const comparison = compare(design)
  const { recommended, reasons, doubts } = comparison
  const { domain, load, constraints } = design
  const chosen = comparison[recommended]
  const rules = constraints.map((id) => constraintOf(id)?.title).join(', ')
  return [
    `**${design.appName}** is a ${sizeOf(load)} ${domain.title} app${domain.id === 'general' ? ' (no known domain was recognised)' : ''}: ` +
      `${short(load.dailyUsers)} daily users, ${short(load.peakRps)} requests/s at the peak, ${storage(load.dataGb)} of data${rules ? `; ${rules}` : ''}.`,
    `**Recommendation: ${NAMES[recommended]}.** ${dollars(chosen.monthlyUsd)} a month, ${chosen.team.join('-')} developers${recommended === 'microservices' ? ' and DevOps' : ''}, first release in ${timeOf(chosen.weeks)}.`,
    `Why:\n${list(reasons)}`,
    ...(doubts.length > 0 ? [`What speaks against it:\n${list(doubts)}`] : []),
    `Begin with:\n${list(firstSteps(design, recommended))}`,
  ].join('\n\n')
}

function firstSteps(design: Design, recommended: Architecture): string[] {
  const { services } = partsOf(design)
  const [core] = design.domain.considerations
  const names = services.slice(0, 3).map(({ name }) => name)
  return [
    `The hard part first: ${core}`,
    `A thin slice through ${names.join(', ')}${recommended === 'serverless' ? ', deployed from the first day' : ', on one small cluster'}`,
    `Before launch: ${design.domain.compliance[0]}`,
  ]
}

/** What one may well ask next, in words that the advisor understands. */
export function nextQuestions({ features, load, constraints }: Design, recommended: Architecture): string[] {
  const missing = ['payments', 'notifications', 'chat', 'search', 'ai-assistant'].find(
    (id) => !features.includes(id),
  )
  const title = missing && featureOf(missing)?.title
  return [
    recommended === 'serverless'
      ? 'Now show me the Kubernetes version'
      : 'Now show me the serverless version',
    ...(title ? [`Add ${title.toLowerCase().replace(/^ai\b/, 'an AI')} to that design`] : []),
    `What would it cost for ${short(load.dailyUsers * 10)} users?`,
    ...(constraints.includes('eu-only') ? [] : ['Make it EU only']),
    ...(constraints.includes('low-cost') ? [] : ['Make it cheaper']),
  ]
}

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n')
