import { join } from 'node:path'
import { ROOT } from './build.ts'
import { startChild, stopChild } from './children.ts'

/** The model: an OpenAI endpoint on the loopback, in a process of its own so that its CPU counts nowhere. */
export async function startModel(): Promise<{ url: string; stop(): Promise<void> }> {
  const main = join(ROOT, 'test', 'fixtures', 'openai', 'main.ts')
  const child = startChild(process.execPath, [main, '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  for await (const chunk of child.stdout ?? []) {
    said += String(chunk)
    const url = /^ready (\S+)$/m.exec(said)?.[1]
    if (url) return { url, stop: () => stopChild(child) }
  }
  throw new Error(`Cannot start the model: ${said}`)
}
