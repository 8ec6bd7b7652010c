import type { Redis as Client, RedisConfigCloudflare } from '@upstash/redis/cloudflare'
// By its path: by its name it would be this file, and the package has no entry for it. Another version of the
// package keeps it elsewhere, and then the Worker does not build.
import { error_exports, HttpClient } from '../../node_modules/@upstash/redis/chunk-4WQYU7T6.mjs'

/**
 * The Redis client without its 300 commands, of which a bundler can drop none (docs/decisions/0010): its own HTTP,
 * and `exec`, which sends any command. Set up as the kit does, it sends and answers what the client does; a test
 * holds them side by side.
 */
export class Redis implements Pick<Client, 'exec'> {
  readonly #http: HttpClient

  constructor({ url = '', token = '', retry, responseEncoding, signal }: RedisConfigCloudflare) {
    const headers = { authorization: `Bearer ${token}` }
    this.#http = new HttpClient({ baseUrl: url, headers, retry, responseEncoding, signal })
  }

  async exec<Result>(command: [string, ...(string | number | boolean)[]]): Promise<Result> {
    const { result, error } = await this.#http.request<Result>({ body: command.map(String) })
    if (error) throw new error_exports.UpstashError(error)
    if (result === undefined) throw new TypeError('Request did not return a result')
    return result
  }
}
