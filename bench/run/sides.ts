import { build } from './build.ts'
import { bareAt, kitAt, MODEL_NAME } from './client.ts'
import type { Target } from './client.ts'
import { startModel } from './model.ts'
import type { ServeOptions, ServedWorker } from './workerd.ts'
import { serve } from './workerd.ts'

export interface Side {
  worker: ServedWorker
  target: Target
}

/** Both Workers, each in a workerd of its own, before one model. */
export interface Sides {
  kit: Side
  bare: Side
  modelUrl: string
  stop(): Promise<void>
}

export async function startSides(options: ServeOptions = {}): Promise<Sides> {
  const model = await startModel()
  const vars = modelVars(model.url)
  const kit = await serve(await build('bench/kit/wrangler.toml'), { vars, ...options })
  const bare = await serve(await build('bench/bare/wrangler.toml'), { vars, ...options })
  return {
    kit: { worker: kit, target: kitAt(kit.url) },
    bare: { worker: bare, target: bareAt(bare.url) },
    modelUrl: model.url,
    stop: async () => void (await Promise.all([kit.stop(), bare.stop(), model.stop()])),
  }
}

export function modelVars(modelUrl: string): Record<string, string> {
  return { OPENAI_BASE_URL: `${modelUrl}/v1`, OPENAI_MODEL: MODEL_NAME }
}
