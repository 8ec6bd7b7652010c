// Migrations only append: one that was deployed has run, and what it made holds somebody's threads.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from './config.mjs'

/** @typedef {import('./config.mjs').Migration} Migration */
/** @typedef {import('./config.mjs').Problem} Problem */

/** The tag that a deployment leaves behind. @param {string | undefined} env */
export function deployTag(env) {
  return `deployed/${env ?? 'default'}`
}

/**
 * The migrations as they were last deployed from here, else as the last commit has them.
 * @param {string} root
 * @param {string | undefined} env
 * @returns {Promise<{ from: string, migrations: Migration[] } | undefined>} undefined outside of git
 */
export async function deployedMigrations(root, env) {
  for (const from of [deployTag(env), 'HEAD']) {
    const text = git(root, ['show', `${from}:./wrangler.toml`])
    if (text === undefined) continue
    const folder = mkdtempSync(join(tmpdir(), 'edgewise-config-'))
    try {
      writeFileSync(join(folder, 'wrangler.toml'), text)
      const { migrations } = await readConfig(join(folder, 'wrangler.toml'))
      return { from, migrations }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
  return undefined
}

/**
 * @param {{ from: string, migrations: Migration[] }} before
 * @param {Migration[]} now
 * @returns {Problem[]}
 */
export function checkMigrations({ from, migrations }, now) {
  const tags = now.map(({ tag }) => tag)
  const twice = tags.find((tag, index) => tags.indexOf(tag) !== index)
  const changed = migrations.findIndex((step, index) => toText(step) !== toText(now[index]))
  const old = migrations[changed]
  return [
    ...(twice === undefined
      ? []
      : [
          {
            what: `wrangler.toml: two migrations have the tag "${twice}"`,
            why: 'The second one would never run',
            mend: 'Give it the next tag',
          },
        ]),
    ...(old === undefined
      ? []
      : [
          {
            what: `wrangler.toml: the migration "${old.tag}" is not what it was at ${from}`,
            why: 'It has run where this is deployed; changed, moved or removed it leads to lost objects or a refused deployment',
            mend: `Restore it (git show ${from}:wrangler.toml) and append a new one after it`,
          },
        ]),
  ]
}

/** @param {Migration | undefined} step */
function toText(step) {
  return JSON.stringify(Object.entries(step ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** @param {string} root @param {string[]} args @returns {string | undefined} */
export function git(root, args) {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return undefined
  }
}
