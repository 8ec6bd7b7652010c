/** As much as the shim needs of the module in which the client keeps its HTTP; the package gives no types for it. */
declare module '*/@upstash/redis/chunk-4WQYU7T6.mjs' {
  export class HttpClient {
    constructor(config: {
      baseUrl: string
      headers: Record<string, string>
      retry?: unknown
      responseEncoding?: unknown
      signal?: unknown
    })
    request<Result>(request: { body: unknown }): Promise<{ result?: Result; error?: string }>
  }
  export const error_exports: { UpstashError: new (message: string) => Error }
}
