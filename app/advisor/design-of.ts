import { constraintOf } from './constraints.ts'
import { cleanName, usualName } from './design.ts'
import type { Design } from './design.ts'
import { domainOf } from './domains.ts'
import { featureOf } from './features.ts'
import { read } from './read.ts'

/** Reads a design back. What is no such line is read as a requirement in plain words, so that nothing is refused. */
export function designOf(line: string): Design {
  const fields = new Map(
    [...line.matchAll(/(\w+)=([^;]*)/g)].map(([, key = '', value = '']) => [key, value.trim()]),
  )
  const id = fields.get('domain')
  if (id === undefined) return read(line).design
  const domain = domainOf(id)
  const number = (key: string): number =>
    Math.round(Math.min(1e10, Math.max(1, Number(fields.get(key)) || 0)))
  const list = (key: string): string[] => [
    ...new Set((fields.get(key) ?? '').split(',').map((item) => item.trim())),
  ]
  return {
    appName: cleanName(fields.get('app') ?? '') || usualName(domain),
    domain,
    features: list('features').filter(featureOf),
    constraints: list('constraints').filter(constraintOf),
    load: { dailyUsers: number('users'), peakRps: number('rps'), dataGb: number('gb') },
  }
}
