// @vitest-environment jsdom
// Mermaid cleans labels with the page's own parser, so it has to find one.
import mermaid from 'mermaid'
import { describe, expect, it } from 'vitest'
import { CONSTRAINTS } from './constraints.ts'
import type { Design } from './design.ts'
import { designOf } from './design-of.ts'
import { DOMAINS } from './domains.ts'
import { general } from './domains/general.ts'
import { draw } from './draw.ts'
import { FEATURES } from './features.ts'
import { toMermaid } from './graph.ts'
import { loadOf } from './load.ts'
import { MICROSERVICES, SERVERLESS } from './platform.ts'
import { read } from './read.ts'

const domains = [...DOMAINS, general].map((domain) => ({ id: domain.id, domain }))
const platforms = [SERVERLESS, MICROSERVICES]

const features = FEATURES.map(({ id }) => id)
const constraints = CONSTRAINTS.map(({ id }) => id)

/** Names that would end a label, open a block, begin a directive, or run in the page. */
const HOSTILE = [
  '"]; click a call evil()',
  'end',
  'subgraph x',
  '%%{init: {"theme":"dark"}}%%',
  '---\ntitle: x\n---',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  'a --> b; style a fill:red',
  '`${x}` #quot; &quot; {{y}} |z|',
  'Ünïcödé 🚕 乗り物 \u202Eevil',
  '\\"\\n\\\\',
  '[[(({{<<',
  "'; drop table",
]

const designed = (domain: Design['domain'], more: Partial<Design> = {}): Design => ({
  appName: 'An app',
  domain,
  features: domain.features,
  constraints: [],
  load: loadOf({ notes: [] }, domain),
  ...more,
})

const parse = (design: Design, platform = SERVERLESS) => mermaid.parse(toMermaid(draw(design, platform)))

const untitled = (code: string) => code.split('\n').filter((line) => !line.startsWith('title: '))

describe.each(domains)('the diagrams of $id', ({ domain }) => {
  it.each(platforms)('are Mermaid on $id', async (platform) => {
    expect(await parse(designed(domain), platform)).toMatchObject({ diagramType: 'flowchart-v2' })
  })

  it.each(platforms)('are Mermaid with all features and each constraint on $id', async (platform) => {
    await parse(designed(domain, { features, constraints }), platform)
    for (const constraint of constraints)
      await parse(designed(domain, { constraints: [constraint] }), platform)
    await parse(designed(domain, { features: [] }), platform)
  })

  it.each(platforms)(
    'are Mermaid on $id whatever the app is called, and its name adds no line',
    async (platform) => {
      const plain = toMermaid(draw(designed(domain), platform))
      const named = toMermaid(draw(designed(domain, { appName: HOSTILE.join(' ') }), platform))
      expect(await mermaid.parse(named)).toMatchObject({ diagramType: 'flowchart-v2' })
      expect(untitled(named)).toEqual(untitled(plain))
      expect(named).not.toMatch(/<script|<img|%%\{|^\s*click/m)
    },
  )
})

it.each(HOSTILE)('draws an app called %j', async (appName) => {
  for (const platform of platforms) await parse(designed(general, { appName }), platform)
})

it.each(features)('draws %s by itself', async (feature) => {
  for (const platform of platforms) await parse(designed(general, { features: [feature] }), platform)
})

it('escapes labels of every kind, wherever they come from', async () => {
  for (const text of HOSTILE) {
    const graph = {
      title: text,
      groups: [
        {
          id: text,
          title: text,
          nodes: [
            { id: text, label: text, detail: text },
            { id: 'b', label: text, shape: 'store' as const },
          ],
        },
      ],
      edges: [{ from: text, to: 'b', label: text }],
    }
    const code = toMermaid(graph)
    expect(await mermaid.parse(code), code).toMatchObject({ diagramType: 'flowchart-v2' })
    expect(code.split('\n').length).toBe(9)
  }
})

it('draws what a user calls the app, and nothing that they smuggle in with it', async () => {
  const { design } = read('A chat app called "Rides"]; click n_a call evil() %%{init:1}%%" for 5k users')
  expect(design.appName).toBe('Rides')
  const line =
    'app=x"]\n  click n_a call evil(); domain=social; users=1; rps=1; gb=1; features=<script>; constraints=--'
  const code = toMermaid(draw(designOf(line), SERVERLESS))
  expect(await mermaid.parse(code)).toMatchObject({ diagramType: 'flowchart-v2' })
  expect(code).not.toMatch(/^\s*click/m)
})

it('notices what is no Mermaid', async () => {
  await expect(mermaid.parse('flowchart TB\n  a["x" --> b')).rejects.toThrow('Parse error')
})
