import { expect, it } from 'vitest'
import { scanImports } from './scan.mjs'

const specifiers = (source: string) => scanImports(source).map(({ specifier }) => specifier)

it('finds every kind of import and re-export', () => {
  const source = [
    `import a from './a'`,
    `import a, { b as c, type D } from "./b"`,
    `import * as e from './c'`,
    `import {`,
    `  f,`,
    `  g,`,
    `} from './d'`,
    `import './e'`,
    `import data from './f.json' with { type: 'json' }`,
    `export * from './g'`,
    `export * as h from './h'`,
    `export { i } from './i'`,
    `const lazy = await import('./j')`,
    `type K = typeof import('./k')`,
    `import L, * as M from './l'`,
    `import{n}from'./m'`,
  ].join('\n')
  expect(specifiers(source)).toEqual(
    [...'abcdef']
      .map((name) => (name === 'f' ? './f.json' : `./${name}`))
      .concat([...'ghijklm'].map((name) => `./${name}`)),
  )
})

it('tells types, re-exports and lines', () => {
  const source = `\nimport type { A } from './a'\nimport { type B, type C } from './b'\nexport type { D } from './c'\nimport { type E, f } from './d'\nexport { g } from './e'`
  expect(scanImports(source)).toEqual([
    { specifier: './a', isType: true, isReExport: false, line: 2 },
    { specifier: './b', isType: true, isReExport: false, line: 3 },
    { specifier: './c', isType: true, isReExport: true, line: 4 },
    { specifier: './d', isType: false, isReExport: false, line: 5 },
    { specifier: './e', isType: false, isReExport: true, line: 6 },
  ])
})

it.each([
  ['a comment', `// import a from './no'\n/* import './no'\n export * from './no' */`],
  ['a string', `const s = "import a from './no'"; const t = 'export * from "./no"'`],
  [
    'a template',
    'const s = `import a from "./no" ${b ? `export * from \'./no\'` : { c: "d" }} import "./no"`',
  ],
  ['a regular expression', `const r = /import a from '.\\/no'[/'"]/; const x = y / 2`],
  ['a property', `loader.import('./no'); x.export; const o = { import: 1, from: './no' }`],
  ['an import without a path', `const url = import.meta.url; const from = './no'`],
  ['an export of its own', `export const from = 'a'; export { a, b }\nexport default './no'`],
  ['an escaped quote', String.raw`const s = 'it\'s import "./no"'; const u = "\" from './no'"`],
])('does not take %s for an import', (_, source) => {
  expect(specifiers(source)).toEqual([])
})

it('goes on rightly behind what it blanks', () => {
  const source = [
    `const half = a / b // it's`,
    `const re = /[/"']+/g.test(x) ? 1 : 2`,
    'const t = `${ { a: `}` }["a"] } "`',
    `export const answer = 42`,
    `import { real } from './real'`,
    `const url = 'http://x/*'; import './also' /* " */`,
  ].join('\n')
  expect(specifiers(source)).toEqual(['./real', './also'])
})

it('survives an apostrophe in JSX', () => {
  expect(specifiers(`const a = <p>Don't</p>\nimport b from './b'`)).toEqual(['./b'])
})
