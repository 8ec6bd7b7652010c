import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findCircles } from './circles.mjs'
import { checkImports } from './rules.mjs'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'edgewise-rules-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function problemsOf(files: Record<string, string>): string[] {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return checkImports(root).problems
}

const leaf = 'export const x = 1\n'

describe('rooms', () => {
  it('may import what stands below them, packages, and their own files', () => {
    expect(
      problemsOf({
        'lib/protocol/error.ts': leaf,
        'lib/agents/step.ts': leaf,
        'lib/agents/agent.ts': `import { x } from './step'\nimport { x as y } from '../protocol/error.ts'\nimport 'ai'`,
        'lib/index.ts': `export { x } from './agents/agent.ts'`,
        'app/index.ts': `import { x } from 'edgewise'\nimport { y } from 'edgewise/mastra'\nimport './agents/a.ts'`,
        'app/agents/a.ts': leaf,
        'worker/index.ts': `import app from '../app'\nimport { x } from '../lib/agents/agent'`,
        'package.json': '{}',
        'worker/version.ts': `import { version } from '../package.json'`,
        'client/client.ts': `import type { x } from '../lib/protocol/error.ts'`,
      }),
    ).toEqual([])
  })

  it('may not import what stands above or beside them', () => {
    expect(
      problemsOf({
        'lib/tools/tool.ts': leaf,
        'lib/agents/agent.ts': `\nimport { x } from '../workflows/workflow.ts'`,
        'lib/workflows/workflow.ts': leaf,
        'lib/models/model.ts': `import { x } from '../tools/tool'`,
        'worker/routes.ts': `import app from '../app/index.ts'`,
        'app/index.ts': `import { x } from '../lib/tools/tool'`,
        'client/client.ts': `import { x } from '../lib/tools/tool'\nimport 'ai'`,
      }),
    ).toEqual([
      "app/index.ts:1: app may not import lib/tools ('../lib/tools/tool')",
      "client/client.ts:1: client may not import lib/tools ('../lib/tools/tool')",
      "client/client.ts:2: imports the package 'ai': client needs none",
      "lib/agents/agent.ts:2: lib/agents may not import lib/workflows ('../workflows/workflow.ts')",
      "lib/models/model.ts:1: lib/models may not import lib/tools ('../tools/tool')",
      "worker/routes.ts:1: worker may not import app ('../app/index.ts')",
    ])
  })

  it('of lib never import the platform, the package itself, a test, or a file that is not there', () => {
    const problems = problemsOf({
      'lib/log/a.ts': `import { DurableObject } from 'cloudflare:workers'\nimport fs from 'node:fs'`,
      'lib/log/b.ts': `import { Agent } from 'edgewise'\nimport { y } from './gone'\nimport '../../test/help.ts'`,
      'lib/news/c.ts': leaf,
      'lib/log/a.test.ts': `import fs from 'node:fs'\nimport { Agent } from 'edgewise'`,
      'test/help.ts': `import '../lib/log/a.ts'`,
    })
    expect(problems).toEqual([
      expect.stringContaining("lib/log/a.ts:1: imports 'cloudflare:workers'"),
      expect.stringContaining("lib/log/a.ts:2: imports 'node:fs'"),
      expect.stringContaining("lib/log/b.ts:1: imports 'edgewise', which is for apps"),
      "lib/log/b.ts:2: imports './gone', and there is no such file",
      'lib/log/b.ts:3: imports a test: test/help.ts',
      expect.stringContaining('lib/news/c.ts: lib/news is no room of the table'),
    ])
  })
})

it('lets only the doors re-export, and no barrel be', () => {
  const problems = problemsOf({
    'lib/tools/tool.ts': leaf,
    'lib/tools/index.ts': leaf,
    'lib/tools/more.ts': `export { x } from './tool'`,
    'lib/testing.ts': `export * from './tools/tool'`,
    'lib/fourth.ts': `export type { x } from './tools/tool'`,
    'worker/shims/zod.ts': `export * from 'zod'`,
  })
  expect(problems).toEqual([
    expect.stringMatching(/^lib\/fourth\.ts:1: re-exports '\.\/tools\/tool': only the doors do/),
    expect.stringMatching(/^lib\/tools\/more\.ts:1: re-exports/),
    expect.stringMatching(/^lib\/tools\/index\.ts: no barrels inside lib/),
  ])
})

describe('circles', () => {
  it('are found and shown as a path, with those through types marked', () => {
    const problems = problemsOf({
      'lib/log/a.ts': `import { b } from './b'`,
      'lib/log/b.ts': `import { c } from './c'`,
      'lib/log/c.ts': `import { a } from './a'`,
      'lib/tools/d.ts': `import type { e } from './e'`,
      'lib/tools/e.ts': `import { d } from './d'`,
      'lib/tools/f.ts': `import { d } from './d'`,
    })
    expect(problems).toEqual([
      'lib/log/a.ts: a circle: lib/log/a.ts > lib/log/b.ts > lib/log/c.ts > lib/log/a.ts',
      'lib/tools/d.ts: a circle through type-only imports: lib/tools/d.ts > lib/tools/e.ts > lib/tools/d.ts',
    ])
  })

  it('of one node, and two in one component, are told once', () => {
    const graph = new Map([
      ['a', new Set(['a'])],
      ['b', new Set(['c', 'd'])],
      ['c', new Set(['b'])],
      ['d', new Set(['b', 'x'])],
      ['x', new Set<string>()],
    ])
    expect(findCircles(graph)).toEqual([
      ['a', 'a'],
      ['b', 'c', 'b'],
    ])
  })
})
