import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockHolder, tryLock, withLock } from './lock.mjs'

let folder: string
let lock: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edgewise-lock-'))
  lock = join(folder, 'deep', 'a.lock')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const LOCK_MODULE = new URL('lock.mjs', import.meta.url).href

/** A process that notes when it enters and leaves what the lock guards. */
function contender(journal: string, name: string): Promise<number | null> {
  const program = `
    import { appendFileSync } from 'node:fs'
    import { setTimeout as sleep } from 'node:timers/promises'
    import { withLock } from ${JSON.stringify(LOCK_MODULE)}
    await withLock(${JSON.stringify(lock)}, async () => {
      appendFileSync(${JSON.stringify(journal)}, 'in ${name}\\n')
      await sleep(60)
      appendFileSync(${JSON.stringify(journal)}, 'out ${name}\\n')
    }, { pollMs: 10 })`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'inherit' })
  return new Promise((resolve) => child.once('exit', resolve))
}

/** The id of a process that is certainly gone. */
function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--eval', ''])
  return new Promise((resolve) => child.once('exit', () => resolve(child.pid ?? 0)))
}

describe('a lock', () => {
  it('is held by one at a time, names its holder and can be given back', () => {
    tryLock(join(folder, 'other.lock'))?.()
    const release = tryLock(lock)
    expect(release).toBeTypeOf('function')
    expect(tryLock(lock)).toBeUndefined()
    expect(lockHolder(lock)).toEqual({ pid: process.pid, host: hostname() })
    release?.()
    expect(lockHolder(lock)).toBeUndefined()
    tryLock(lock)?.()
  })

  it('lets several processes in one after the other, also over a stale file', async () => {
    const journal = join(folder, 'journal')
    tryLock(lock)?.()
    writeFileSync(lock, JSON.stringify({ pid: await deadPid(), host: hostname() }))
    const codes = await Promise.all(['a', 'b', 'c'].map((name) => contender(journal, name)))
    expect(codes).toEqual([0, 0, 0])
    const lines = readFileSync(journal, 'utf8').trim().split('\n')
    expect(lines).toHaveLength(6)
    for (let at = 0; at < 6; at += 2) expect(lines[at + 1]).toBe(lines[at]?.replace('in', 'out'))
  })

  it('is taken over from a dead holder, and from a silent one on another machine, but not from a living one', async () => {
    tryLock(lock)?.()
    const write = (holder: object) => writeFileSync(lock, JSON.stringify(holder))
    write({ pid: process.ppid, host: hostname() })
    expect(tryLock(lock)).toBeUndefined()
    write({ pid: 1, host: 'elsewhere' })
    expect(tryLock(lock)).toBeUndefined()
    const longAgo = new Date(Date.now() - 120_000)
    utimesSync(lock, longAgo, longAgo)
    expect(tryLock(lock)).toBeTypeOf('function')
    write({ pid: await deadPid(), host: hostname() })
    expect(tryLock(lock)).toBeTypeOf('function')
  })

  it('waits for a file that its holder has created but not written yet', () => {
    tryLock(lock)?.()
    writeFileSync(lock, '')
    expect(tryLock(lock)).toBeUndefined()
  })

  it('tells once that it waits, and is given back when the task throws', async () => {
    const release = tryLock(lock)
    const waits: (number | undefined)[] = []
    setTimeout(() => release?.(), 50)
    const failing = withLock(lock, () => Promise.reject(new Error('no')), {
      pollMs: 10,
      onWait: (pid) => waits.push(pid),
    })
    await expect(failing).rejects.toThrow('no')
    expect(waits).toEqual([process.pid])
    tryLock(lock)?.()
  })
})
