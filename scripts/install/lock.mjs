// A lock between processes: a file that exists while it is held. It names its holder, so that a lock whose
// holder died (Ctrl-C, SIGKILL) is taken over and nobody has to delete a file by hand.
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A holder touches its file this often; one that was silent for much longer is dead or on a dead machine. */
const HEARTBEAT_MS = 5_000
const SILENT_MS = 60_000

/**
 * Takes the lock if it is free or its holder is dead.
 * @param {string} path
 * @returns {(() => void) | undefined} gives the lock back; undefined if somebody else holds it
 */
export function tryLock(path) {
  mkdirSync(dirname(path), { recursive: true })
  if (!create(path)) {
    if (!isStale(path)) return undefined
    if (!takeOver(path)) return undefined
  }
  return hold(path)
}

/**
 * Runs the task while holding the lock, waiting for as long as another process holds it.
 * @template T
 * @param {string} path
 * @param {() => T | Promise<T>} task
 * @param {{ pollMs?: number, onWait?: (holderPid: number | undefined) => void }} [options] onWait is called
 * once, when the lock turns out to be held
 * @returns {Promise<T>}
 */
export async function withLock(path, task, { pollMs = 200, onWait = () => {} } = {}) {
  let release = tryLock(path)
  if (!release) onWait(lockHolder(path)?.pid)
  while (!release) {
    await sleep(pollMs)
    release = tryLock(path)
  }
  try {
    return await task()
  } finally {
    release()
  }
}

/**
 * Who holds the lock, as far as its file says.
 * @param {string} path
 * @returns {{ pid: number, host: string } | undefined}
 */
export function lockHolder(path) {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8'))
    return typeof holder.pid === 'number' ? { pid: holder.pid, host: String(holder.host) } : undefined
  } catch {
    return undefined
  }
}

/** @param {string} path */
function create(path) {
  try {
    const file = openSync(path, 'wx')
    writeSync(file, JSON.stringify({ pid: process.pid, host: hostname() }))
    closeSync(file)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/** @param {string} path */
function isStale(path) {
  const silentFor = age(path)
  if (silentFor === undefined) return true
  const holder = lockHolder(path)
  // Created, but not written yet: its holder is about to, unless it died in between.
  if (!holder) return silentFor > HEARTBEAT_MS
  if (silentFor > SILENT_MS) return true
  return holder.host === hostname() && !isAlive(holder.pid)
}

/**
 * Two waiters may find the same stale lock: a second file lets one of them replace it, and that one looks
 * again before it does.
 * @param {string} path
 */
function takeOver(path) {
  const breaker = `${path}.breaking`
  if (!create(breaker)) {
    if ((age(breaker) ?? 0) > HEARTBEAT_MS) rmSync(breaker, { force: true })
    return false
  }
  try {
    if (!isStale(path)) return false
    rmSync(path, { force: true })
    return create(path)
  } finally {
    rmSync(breaker, { force: true })
  }
}

/** @param {string} path */
function hold(path) {
  const heartbeat = setInterval(() => touch(path), HEARTBEAT_MS)
  heartbeat.unref()
  const release = () => {
    clearInterval(heartbeat)
    process.off('exit', release)
    if (lockHolder(path)?.pid === process.pid) rmSync(path, { force: true })
  }
  process.on('exit', release)
  return release
}

/** @param {string} path */
function touch(path) {
  try {
    utimesSync(path, new Date(), new Date())
  } catch {
    // Somebody removed the file by hand: what it guarded goes on.
  }
}

/** @param {string} path @returns {number | undefined} milliseconds since its last heartbeat */
function age(path) {
  try {
    return Date.now() - statSync(path).mtimeMs
  } catch {
    return undefined
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
