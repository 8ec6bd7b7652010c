import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { agentsFrom } from '../../lib/agents/agents-from.ts'
import { writeAgentsFile } from './agents-file.mjs'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'edgewise-agents-'))
  mkdirSync(join(root, 'app'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const save = (text: string): void => writeFileSync(join(root, 'app/agents.yaml'), text)

it('makes YAML into what the app imports, once for each change', async () => {
  save('agents:\n  support:\n    name: Support\n    instructions: |\n      Be brief.\n      Be kind.\n')
  expect(await writeAgentsFile(root)).toEqual(['app/agents.yaml.json'])
  expect(await writeAgentsFile(root)).toEqual([])
  const config: unknown = JSON.parse(readFileSync(join(root, 'app/agents.yaml.json'), 'utf8'))
  const { support } = agentsFrom(config, { file: 'app/agents.yaml' })
  expect(support?.options.instructions).toBe('Be brief.\nBe kind.\n')
})

it('names the line of YAML that is none', async () => {
  save('agents:\n  support: [1\n')
  await expect(writeAgentsFile(root)).rejects.toThrow(/^app\/agents\.yaml:\d+:\d+: /)
})

it('lets no aliases grow without end', async () => {
  const steps = Array.from(
    { length: 12 },
    (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`,
  )
  save(`a0: &a0 x\n${steps.join('\n')}\n`)
  await expect(writeAgentsFile(root)).rejects.toThrow('alias')
})

it('does nothing without such a file', async () => {
  expect(await writeAgentsFile(root)).toEqual([])
})
