import type { ChildProcess } from 'node:child_process'

/** What `GET /health` says; more fields may come. */
export interface Health {
  status: string
  version: string
  model: string
  agents: string[]
  auth: string
}

export interface Server {
  /** Without a slash at its end. */
  url: string
  port: number
  /** As it was when the server was ready. */
  health: Health
  /** Its pid is the id of the whole process group. */
  child: ChildProcess
  /** The exit code, when the server has gone for whatever reason. */
  exited: Promise<number | null>
  /** Ends the whole group. May be called twice. */
  stop(): Promise<void>
  /** The same by SIGKILL at once, as a crash would. */
  kill(): Promise<void>
}

export interface ServerOptions {
  /** 0, the default, takes a free one. */
  port?: number
  /** The folder of the embedded storage. Default: a new one, removed when the server is stopped. */
  persistTo?: string
  /** Exactly what the Worker gets as variables (default: none), or 'project' for what .dev.vars or .env say. */
  vars?: Record<string, string> | 'project'
  /** Gets each line that the Worker printed. */
  log?: (line: string) => void
  /** Gets all of wrangler's output. */
  logFile?: string
  /** Default: wrangler.toml of this checkout. */
  configPath?: string
  /** For being ready. Default: 60 seconds. */
  timeoutMs?: number
}

/** Starts `wrangler dev`. Rejects with an error of one line when the server does not come up. */
export function startServer(options?: ServerOptions): Promise<Server>
