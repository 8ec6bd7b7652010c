// Which variables of the shell reach the Worker. Wrangler passes on none of them by itself, yet
// `OPENAI_API_KEY=... npm start` is what people try first.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PASSED_ON = [
  /^OPENAI_(API_KEY|BASE_URL|MODEL)$/,
  /^USE_LOCAL_LLM$/,
  /^OLLAMA_(BASE_URL|MODEL)$/,
  /^GOOGLE_(GENERATIVE_AI_(API_KEY|BASE_URL)|AI_API_KEY)$/,
  /^UPSTASH_(REDIS|VECTOR)_REST_(URL|TOKEN)$/,
  /^EDGEWISE_(?!URL$|API_KEY$)[A-Z0-9_]+$/,
]

/** The files that wrangler reads by itself; where one of them is, it alone says what the Worker gets. */
const OWN_FILES = ['.dev.vars', '.env', '.env.local']

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {Record<string, string>} the variables of the shell that are meant for the Worker
 */
export function shellVars(env) {
  /** @type {Record<string, string>} */
  const vars = {}
  for (const [name, value] of Object.entries(env)) {
    if (value && PASSED_ON.some((pattern) => pattern.test(name))) vars[name] = value
  }
  return vars
}

/** @param {string} root @returns {string | undefined} the name of the file that wrangler will read */
export function ownVarsFile(root) {
  return OWN_FILES.find((name) => existsSync(join(root, name)))
}

/**
 * A file that only this user can read, for wrangler's `--env-file`: a command line can be read by everybody. Being
 * given one, wrangler leaves .dev.vars and .env alone; for no variables at all it need not exist.
 * @param {Record<string, string>} vars
 * @returns {{ path: string, remove: () => void }}
 */
export function writeVarsFile(vars) {
  if (Object.keys(vars).length === 0) return { path: join(tmpdir(), 'edgewise-no-vars'), remove: () => {} }
  const folder = mkdtempSync(join(tmpdir(), 'edgewise-vars-'))
  const path = join(folder, 'vars')
  writeFileSync(
    path,
    Object.entries(vars)
      .map(([name, value]) => `${name}=${quote(name, value)}\n`)
      .join(''),
    { mode: 0o600 },
  )
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/**
 * dotenv reads anything between quotes of one kind as it stands; wrangler then expands `$NAME`, unless escaped.
 * @param {string} name
 * @param {string} value
 */
function quote(name, value) {
  const mark = [`'`, '`', '"'].find((candidate) => !value.includes(candidate))
  if (mark === undefined)
    throw new Error(`Cannot pass on ${name}: its value holds every kind of quote; put it in .dev.vars`)
  return mark + value.replaceAll('$', '\\$') + mark
}
