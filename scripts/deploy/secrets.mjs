// Which secrets a deployment needs, and which of them are there.
import { runWrangler } from './run-wrangler.mjs'
import { Failure } from '../terminal.mjs'

/** @typedef {{ name: string, why: string, isNeeded: boolean }} WantedSecret */

/** Each with its partner: one without the other does nothing. */
export const PAIRS = [
  ['UPSTASH_REDIS_REST_URL', 'UPSTASH_REDIS_REST_TOKEN'],
  ['UPSTASH_VECTOR_REST_URL', 'UPSTASH_VECTOR_REST_TOKEN'],
]

const MODEL_KEYS = ['OPENAI_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY', 'GOOGLE_AI_API_KEY']

/**
 * @param {string[]} have names of the secrets and variables that are set
 * @returns {WantedSecret[]} those that are missing
 */
export function missingSecrets(have) {
  const has = (/** @type {string} */ name) => have.includes(name)
  /** @type {WantedSecret[]} */
  const missing = []
  if (!has('EDGEWISE_API_KEY')) {
    missing.push({
      name: 'EDGEWISE_API_KEY',
      why: 'without it the deployment answers nobody',
      isNeeded: true,
    })
  }
  if (![...MODEL_KEYS, 'OPENAI_BASE_URL'].some(has)) {
    missing.push({
      name: 'OPENAI_API_KEY',
      why: 'or another model; without one the offline model answers',
      isNeeded: false,
    })
  }
  for (const pair of PAIRS) {
    const [absent] = pair.filter((name) => !has(name))
    if (absent && pair.some(has)) {
      const other = pair.find((name) => name !== absent)
      missing.push({ name: absent, why: `${other} is set, and is of no use without it`, isNeeded: true })
    }
  }
  return missing
}

/** The command that sets a secret. @param {string} name @param {string | undefined} env */
export function putCommand(name, env) {
  return `npx wrangler secret put ${name}${env ? ` --env ${env}` : ''}`
}

/**
 * The names of the secrets that are set where this will be deployed. Their values cannot be read by anybody.
 * @param {{ root: string, env: string | undefined }} place
 * @returns {Promise<string[]>}
 */
export async function deployedSecrets({ root, env }) {
  const { code, output, stdout } = await runWrangler(['secret', 'list', '--format', 'json'], { root, env })
  if (code === 0) return readNames(stdout)
  // A Worker that was never deployed has no secrets yet.
  if (/\b10007\b|Worker ".*" not found/.test(output)) return []
  const [first = 'it gave no reason'] = output.split('\n').filter((line) => line.includes('[ERROR]'))
  throw new Failure(
    `Cannot ask which secrets are set: ${first.replace(/^.*\[ERROR\]\s*/, '')} (are you logged in? npx wrangler login)`,
  )
}

/** @param {string} text @returns {string[]} */
function readNames(text) {
  /** @type {{ name: string }[]} */
  const secrets = JSON.parse(text.slice(text.indexOf('[')))
  return secrets.map(({ name }) => name)
}
