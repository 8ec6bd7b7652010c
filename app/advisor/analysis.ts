import { constraintOf } from './constraints.ts'
import { lineOf } from './design.ts'
import { featureOf } from './features.ts'
import { short, sizeOf, storage } from './load.ts'
import type { Size } from './load.ts'
import { partsOf } from './parts.ts'
import { read } from './read.ts'
import type { Reading } from './read.ts'

/** What the advisor has understood of a requirement, and what follows from it. */
export interface Analysis {
  domain: string
  scale: Size
  load: string
  features: string[]
  constraints: string[]
  specialConsiderations: string[]
  dataModel: { entity: string; holds: string }[]
  trafficPattern: string
  compliance: string[]
  integrations: string[]
  /** What was assumed, and what was not understood. */
  assumptions: string[]
  /** All of it as one line, for the other tools. */
  design: string
}

/** Analyses a requirement in plain words. */
export function analyze(requirement: string): Analysis {
  const reading = read(requirement)
  const { design } = reading
  const { domain, load, features, constraints } = design
  const { partners, added } = partsOf(design)
  const wanted = features.map(featureOf).filter((feature) => feature !== undefined)
  const rules = constraints.map(constraintOf).filter((constraint) => constraint !== undefined)
  return {
    domain: domain.title,
    scale: sizeOf(load),
    load: `${short(load.dailyUsers)} daily users, ${short(load.peakRps)} requests/s at the peak, ${storage(load.dataGb)} of data`,
    features: wanted.map(({ title }) => title),
    constraints: rules.map(({ title }) => title),
    specialConsiderations: [...domain.considerations],
    dataModel: domain.dataModel.map(([entity, holds]) => ({ entity, holds })),
    trafficPattern: domain.traffic.says,
    compliance: [
      ...new Set([
        ...domain.compliance,
        ...[...added, ...rules].flatMap(({ compliance }) => compliance ?? []),
      ]),
    ],
    integrations: [...new Set([...domain.integrations, ...partners])],
    assumptions: assumptionsOf(reading),
    design: lineOf(design),
  }
}

function assumptionsOf({ design, detected, scale, wishes }: Reading): string[] {
  const { domain, load } = design
  const others = detected.others.join(' or ')
  const notes = [...scale.notes]
  if (detected.certainty === 'close')
    notes.unshift(`Read as ${domain.title}; ${others} would fit as well, so say which if it is wrong`)
  if (detected.certainty === 'unknown')
    notes.unshift(
      `No known domain was recognised, so a general web app is assumed${others ? `; a little speaks for ${others}` : ''}`,
    )
  if (scale.dailyUsers === undefined && scale.peakRps === undefined)
    notes.push(`No scale was given: ${short(load.dailyUsers)} daily users are assumed`)
  const always = domain.features
    .filter((id) => !wishes.dropped.includes(id))
    .map((id) => featureOf(id)?.title)
  if (always.length > 0) notes.push(`Part of every app of this kind: ${always.join(', ')}`)
  const dropped = wishes.dropped.map((id) => featureOf(id)?.title)
  if (dropped.length > 0) notes.push(`Left out as you said: ${dropped.join(', ')}`)
  return notes
}
