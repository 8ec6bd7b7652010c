// .dev.vars: can it be read, and do its variables mean what their author thinks? Values are never shown.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { PAIRS } from '../deploy/secrets.mjs'

/** @typedef {import('../deploy/config.mjs').Problem} Problem */

const KNOWN = [
  'OPENAI_API_KEY',
  'OPENAI_BASE_URL',
  'OPENAI_MODEL',
  'OPENAI_EMBEDDING_MODEL',
  'OLLAMA_BASE_URL',
  'OLLAMA_MODEL',
  'OLLAMA_EMBEDDING_MODEL',
  'USE_LOCAL_LLM',
  'GOOGLE_GENERATIVE_AI_API_KEY',
  'GOOGLE_GENERATIVE_AI_BASE_URL',
  'GOOGLE_AI_API_KEY',
  'EDGEWISE_API_KEY',
  'EDGEWISE_CORS_ORIGINS',
  'EDGEWISE_LOG_LEVEL',
  'EDGEWISE_LOG_URL',
  'EDGEWISE_LOG_TOKEN',
  ...PAIRS.flat(),
]

/** One is of no use without one of the others. @type {[string, string[]][]} */
const NEEDS = [
  ...PAIRS.flatMap(
    ([a = '', b = '']) =>
      /** @type {[string, string[]][]} */ ([
        [a, [b]],
        [b, [a]],
      ]),
  ),
  ['OPENAI_MODEL', ['OPENAI_API_KEY', 'OPENAI_BASE_URL']],
  ['OPENAI_EMBEDDING_MODEL', ['OPENAI_API_KEY', 'OPENAI_BASE_URL']],
  ['GOOGLE_GENERATIVE_AI_BASE_URL', ['GOOGLE_GENERATIVE_AI_API_KEY', 'GOOGLE_AI_API_KEY']],
  ['EDGEWISE_LOG_TOKEN', ['EDGEWISE_LOG_URL']],
]

const PLACEHOLDER = /^(?:\.{3}|x{3,}|<.*>|your[_-].*|sk-\.{3}|changeme|todo)$/i

/** @param {string} root @returns {Problem[]} */
export function checkVariables(root) {
  const path = join(root, '.dev.vars')
  if (!existsSync(path)) return []
  if (!statSync(path).isFile()) {
    return [problem('.dev.vars is no file', 'wrangler cannot read it', 'Make it a file of NAME=value lines')]
  }
  const { values, problems } = readVariables(readFileSync(path, 'utf8'))
  return [
    ...problems,
    ...[...values].flatMap(([name, value]) => checkOne(name, value, values)),
    ...(existsSync(join(root, '.env'))
      ? [
          problem(
            '.env is there beside .dev.vars',
            'Only .dev.vars is read then',
            'Move what you need to .dev.vars',
          ),
        ]
      : []),
    ...(isTracked(root)
      ? [
          problem(
            '.dev.vars is in git',
            'Whoever can read the repository has your keys',
            'git rm --cached .dev.vars, then make new keys',
          ),
        ]
      : []),
  ]
}

/**
 * @param {string} text
 * @returns {{ values: Map<string, string>, problems: Problem[] }}
 */
export function readVariables(text) {
  /** @type {Map<string, string>} */
  const values = new Map()
  /** @type {Problem[]} */
  const problems = []
  const lines = text.split(/\r?\n/)
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)$/.exec(line)
    if (!match) {
      if (!/^\s*(?:#|$)/.test(line)) {
        problems.push(
          problem(
            `.dev.vars:${at + 1} is no NAME=value line`,
            'It is passed over',
            'Write NAME=value, or # before a remark',
          ),
        )
      }
      continue
    }
    const [, name = '', start = ''] = match
    const mark = /^['"`]/.exec(start)?.[0]
    let value = start
    const first = at
    const isOpen = () => mark !== undefined && value.lastIndexOf(mark) === 0
    while (isOpen() && at + 1 < lines.length) value += `\n${lines[++at]}`
    if (isOpen()) {
      problems.push(
        problem(
          `.dev.vars:${first + 1}: the quote of ${name} is not closed`,
          'It swallows all that follows',
          `End the value with ${mark}`,
        ),
      )
    }
    if (isOpen()) continue
    if (values.has(name)) {
      problems.push(
        problem(`.dev.vars:${first + 1}: ${name} is set twice`, 'The last one counts', 'Remove one'),
      )
    }
    values.set(name, mark ? value.slice(1, value.lastIndexOf(mark)) : value.replace(/\s+#.*$/, '').trim())
  }
  return { values, problems }
}

/**
 * @param {string} name
 * @param {string} value
 * @param {Map<string, string>} values
 * @returns {Problem[]}
 */
function checkOne(name, value, values) {
  const isSet = (/** @type {string} */ other) => Boolean(values.get(other))
  const near = KNOWN.includes(name) ? undefined : KNOWN.find((known) => isNear(name, known))
  if (near)
    return [
      problem(
        `.dev.vars: ${name} means nothing to the kit`,
        `Perhaps ${near} is meant`,
        `Rename it to ${near}`,
      ),
    ]
  if (!KNOWN.includes(name)) return []
  if (value === '')
    return [
      problem(`.dev.vars: ${name} is empty`, 'It counts as not set', 'Give it a value, or remove the line'),
    ]
  if (PLACEHOLDER.test(value)) {
    return [
      problem(
        `.dev.vars: ${name} holds a placeholder`,
        'It would be sent as it is',
        'Put the real value there',
      ),
    ]
  }
  if (name === 'USE_LOCAL_LLM' && !/^(?:true|false|1|0)$/i.test(value)) {
    return [
      problem(
        '.dev.vars: USE_LOCAL_LLM is neither true nor false',
        'It counts as false',
        'USE_LOCAL_LLM=true',
      ),
    ]
  }
  const [, partners = []] = NEEDS.find(([each]) => each === name) ?? []
  if (partners.length === 0 || partners.some(isSet)) return []
  return [
    problem(
      `.dev.vars: ${name} is set without ${partners.join(' or ')}`,
      'It is of no use alone',
      `Set ${partners[0]}, too, or remove it`,
    ),
  ]
}

/** The same letters, or one letter more, less or other. @param {string} a @param {string} b */
function isNear(a, b) {
  const [left, right] = [a, b].map((name) => name.toUpperCase().replaceAll('_', ''))
  if (left === right) return true
  if (left === undefined || right === undefined || Math.abs(left.length - right.length) > 1) return false
  let start = 0
  while (start < left.length && left[start] === right[start]) start++
  let end = 0
  while (end < Math.min(left.length, right.length) - start && left.at(-1 - end) === right.at(-1 - end)) end++
  return Math.max(left.length, right.length) - start - end <= 1
}

/** @param {string} root */
function isTracked(root) {
  try {
    execFileSync('git', ['ls-files', '--error-unmatch', '.dev.vars'], { cwd: root, stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** @param {string} what @param {string} why @param {string} mend @returns {Problem} */
export function problem(what, why, mend) {
  return { what, why, mend }
}
