import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Server } from '../../scripts/serve.mjs'
import { startServer } from '../../scripts/serve.mjs'
import type { OpenAIServer } from '../fixtures/openai/index.ts'
import { startOpenAIServer } from '../fixtures/openai/index.ts'
import type { Sink } from './sink.ts'
import { startSink } from './sink.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

/** The test app's Worker under `wrangler dev`, and what it talks to: a model and a sink, in the test's own process. */
export interface World {
  readonly url: string
  readonly model: OpenAIServer
  readonly stage: Stage
  readonly sink: Sink
  /** SIGKILL for wrangler, node and workerd at once, as when the power goes. */
  kill(): Promise<void>
  /**
   * Starts the Worker again on what the last one left, at the same address. That it is up is learned by `GET
   * /health`, which looks at no object: whatever a thread does by then, nobody asked it to.
   */
  restart(): Promise<void>
  /** The process group's id. */
  readonly group: number
  /** Lines that the Worker logged. */
  readonly log: readonly string[]
  close(): Promise<void>
}

export interface WorldOptions {
  /** Variables of the Worker beside the model's address. */
  vars?: Record<string, string>
}

const CONFIG = fileURLToPath(new URL('wrangler.toml', import.meta.url))

export async function openWorld({ vars = {} }: WorldOptions = {}): Promise<World> {
  const model = await startOpenAIServer()
  const sink = await startSink()
  const folder = mkdtempSync(join(tmpdir(), 'edgewise-e2e-'))
  const log: string[] = []
  const settings = {
    configPath: CONFIG,
    persistTo: folder,
    vars: { OPENAI_BASE_URL: `${model.url}/v1`, OPENAI_API_KEY: 'test-key-not-secret', ...vars },
    log: (line: string) => void log.push(line),
  }
  const release = async (): Promise<void> => {
    await Promise.all([model.close(), sink.close()])
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  }
  let server: Server
  try {
    server = await startServer(settings)
  } catch (error) {
    await release()
    throw error
  }
  const { url, port } = server
  return {
    url,
    model,
    sink,
    log,
    stage: openStage(model),
    kill: () => server.kill(),
    restart: async () => {
      server = await startServer({ ...settings, port })
    },
    get group() {
      return server.child.pid ?? 0
    },
    close: async () => {
      await server.kill()
      await release()
    },
  }
}
