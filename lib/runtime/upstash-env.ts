import type { UpstashAccount } from '../storage/adapters/upstash-retry.ts'

/** Upstash's own names, as its pages show them. Both of a pair, or none. */
export interface UpstashEnv {
  UPSTASH_REDIS_REST_URL?: string
  UPSTASH_REDIS_REST_TOKEN?: string
  UPSTASH_VECTOR_REST_URL?: string
  UPSTASH_VECTOR_REST_TOKEN?: string
}

export type UpstashSetting =
  | { type: 'none' }
  | { type: 'account'; account: UpstashAccount }
  /** Something is set, and it cannot be used: it would be wrong to keep things elsewhere meanwhile. */
  | { type: 'broken'; problem: string }

/** Which account an environment names. What it says of a problem holds no value, only names. */
export function readUpstash(env: UpstashEnv, service: 'REDIS' | 'VECTOR'): UpstashSetting {
  const [urlName, tokenName] = [`UPSTASH_${service}_REST_URL`, `UPSTASH_${service}_REST_TOKEN`] as const
  const [url, token] = [env[urlName]?.trim(), env[tokenName]?.trim()]
  if (!url && !token) return { type: 'none' }
  if (!url) return { type: 'broken', problem: `${tokenName} is set and ${urlName} is not` }
  if (!token) return { type: 'broken', problem: `${urlName} is set and ${tokenName} is not` }
  const { protocol, search, hash } = URL.parse(url) ?? {}
  if ((protocol !== 'https:' && protocol !== 'http:') || search || hash)
    return { type: 'broken', problem: `${urlName} is not an address such as https://name.upstash.io` }
  // It goes into a header.
  if (!/^[\u0021-\u007e]+$/.test(token) || /^["']|["']$/.test(token))
    return { type: 'broken', problem: `${tokenName} holds quotes or characters that no token has` }
  return { type: 'account', account: { url, token } }
}
