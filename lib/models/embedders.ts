import { EdgewiseError } from '../protocol/error.ts'
import type { Embedder, EmbedderSpec, ResolveEmbedder } from './embedder.ts'
import { createGoogleEmbedder } from './google-embedder.ts'
import { createOfflineEmbedder } from './offline/embedder.ts'
import { openaiEmbedder } from './providers.ts'
import type { ModelEnv } from './registry.ts'
import {
  DEFAULT_GOOGLE_URL,
  DEFAULT_OLLAMA_URL,
  DEFAULT_OPENAI_URL,
  googleKey,
  isTrue,
  noKey,
} from './registry.ts'

const DEFAULT_OPENAI_EMBEDDER = 'text-embedding-3-small'
const DEFAULT_GOOGLE_EMBEDDER = 'gemini-embedding-001'

export interface EmbedderEnv extends ModelEnv {
  /** The default embedder's name at OpenAI, or at what `OPENAI_BASE_URL` names. */
  OPENAI_EMBEDDING_MODEL?: string
  /** The default embedder's name where `USE_LOCAL_LLM` is set; without it the offline embedder is. */
  OLLAMA_EMBEDDING_MODEL?: string
}

/**
 * Resolves `provider/model` names as the registry of models does. Without a name it gives the local one if `USE_LOCAL_LLM` says so, else OpenAI's if a key or an
 * endpoint is configured, else Google's if a key is, else the offline embedder. Embedders are made once and kept.
 */
export function createEmbedderRegistry(env: EmbedderEnv): ResolveEmbedder {
  const made = new Map<string, Embedder>()
  return (spec) => {
    if (spec !== undefined && typeof spec !== 'string') return checkEmbedder(spec)
    const name = spec ?? defaultEmbedder(env)
    const found = made.get(name) ?? make(env, name)
    made.set(name, found)
    return found
  }
}

/** What embeds when a memory names no embedder. */
export function defaultEmbedder(env: EmbedderEnv): string {
  // What is said to a local model is not to leave the machine for its vectors.
  if (isTrue(env.USE_LOCAL_LLM))
    return env.OLLAMA_EMBEDDING_MODEL ? `ollama/${env.OLLAMA_EMBEDDING_MODEL}` : 'offline'
  if (env.OPENAI_API_KEY || env.OPENAI_BASE_URL)
    return `openai/${env.OPENAI_EMBEDDING_MODEL || DEFAULT_OPENAI_EMBEDDER}`
  return googleKey(env) ? `google/${DEFAULT_GOOGLE_EMBEDDER}` : 'offline'
}

function make(env: EmbedderEnv, name: string): Embedder {
  if (name === 'offline') return createOfflineEmbedder()
  const [provider, id = ''] = cut(name)
  if (id !== '' && provider === 'openai') {
    const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseURL } = env
    if (!apiKey && !baseURL) throw noKey(name, 'OPENAI_API_KEY')
    return openaiEmbedder(id, { apiKey: apiKey || 'none', baseURL: baseURL || DEFAULT_OPENAI_URL })
  }
  if (id !== '' && provider === 'google') {
    const apiKey = googleKey(env)
    if (!apiKey) throw noKey(name, 'GOOGLE_GENERATIVE_AI_API_KEY')
    return createGoogleEmbedder(id, {
      apiKey,
      baseURL: env.GOOGLE_GENERATIVE_AI_BASE_URL || DEFAULT_GOOGLE_URL,
    })
  }
  if (id !== '' && provider === 'ollama')
    return openaiEmbedder(
      id,
      { apiKey: 'none', baseURL: env.OLLAMA_BASE_URL || DEFAULT_OLLAMA_URL },
      'ollama',
    )
  throw new EdgewiseError(
    'model_not_configured',
    `Cannot use embedder "${name}": write it as provider/model (offline, openai, google, ollama)`,
  )
}

function cut(name: string): string[] {
  const slash = name.indexOf('/')
  return slash < 0 ? [name] : [name.slice(0, slash), name.slice(slash + 1)]
}

function checkEmbedder(embedder: Exclude<EmbedderSpec, string>): Embedder {
  if (embedder.specificationVersion === 'v4') return embedder
  const version = String((embedder as { specificationVersion?: unknown }).specificationVersion)
  throw new EdgewiseError(
    'model_not_configured',
    `Cannot use this embedder: it implements specification ${version}, v4 is needed (AI SDK 7 providers)`,
  )
}
