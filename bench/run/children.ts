import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// Everything that a bench starts or writes is known here, so that nothing outlives it, however it ends.

const children = new Set<ChildProcess>()
const folders = new Set<string>()

export function startChild(command: string, args: string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, options)
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

/** A new folder, removed when the bench ends. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'edgewise-bench-'))
  folders.add(folder)
  return folder
}

function cleanUp(): void {
  for (const child of children) child.kill('SIGKILL')
  // A workerd that was just killed may still hold files for a moment.
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

process.once('exit', cleanUp)
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))
process.once('SIGHUP', () => process.exit(129))
