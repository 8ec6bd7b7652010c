import { EdgewiseError } from '../protocol/error.ts'
import type { Model, ModelSpec, ResolveModel } from './model.ts'
import { createOfflineModel } from './offline/model.ts'
import { googleModel, openaiChat, openaiResponses } from './providers.ts'

/** Settings by the names that people already use; they come from `.dev.vars` or the Worker's secrets and variables. */
export interface ModelEnv {
  OPENAI_API_KEY?: string
  /** Any OpenAI-compatible endpoint, such as `http://localhost:11434/v1`. Spoken to in chat completions. */
  OPENAI_BASE_URL?: string
  /** The default model's name. */
  OPENAI_MODEL?: string
  /** `true` has a model of this machine answer where an agent names none, whatever keys are set. */
  USE_LOCAL_LLM?: string
  OLLAMA_BASE_URL?: string
  /** The local model's name. */
  OLLAMA_MODEL?: string
  GOOGLE_GENERATIVE_AI_API_KEY?: string
  /** The same under another name that is in use; the first one counts. */
  GOOGLE_AI_API_KEY?: string
  /** A proxy before Gemini, such as `https://proxy.example/v1beta`. It too needs a key. */
  GOOGLE_GENERATIVE_AI_BASE_URL?: string
}

const DEFAULT_OPENAI_MODEL = 'gpt-5.4-mini'
export const DEFAULT_OPENAI_URL = 'https://api.openai.com/v1'
const DEFAULT_OLLAMA_MODEL = 'qwen2.5:14b'
export const DEFAULT_OLLAMA_URL = 'http://localhost:11434/v1'
const DEFAULT_GOOGLE_MODEL = 'gemini-3.8-flash'
export const DEFAULT_GOOGLE_URL = 'https://generativelanguage.googleapis.com/v1beta'

/** Between the words of the offline model, so that its stream looks like one. */
const OFFLINE_DELAY_MS = 10

type Provider = (id: string) => Model

/**
 * Resolves `provider/model` names. Without a name it gives the local one if `USE_LOCAL_LLM` says so, else OpenAI's if
 * a key or an endpoint is configured, else Google's if a key is, else the offline model. Models are made once and kept.
 */
export function createModelRegistry(env: ModelEnv): ResolveModel {
  const offline = createOfflineModel({ delayMs: OFFLINE_DELAY_MS })
  const providers: Record<string, Provider> = {
    offline: () => offline,
    openai: openaiProvider(env),
    google: googleProvider(env),
    ollama: ollamaProvider(env),
  }
  const made = new Map<string, Model>()
  return (spec) => {
    if (spec !== undefined && typeof spec !== 'string') return checkModel(spec)
    const name = spec ?? defaultModel(env)
    const found = made.get(name) ?? make(providers, name)
    made.set(name, found)
    return found
  }
}

/** What answers when an agent names no model. */
export function defaultModel(env: ModelEnv): string {
  if (isTrue(env.USE_LOCAL_LLM)) return `ollama/${env.OLLAMA_MODEL || DEFAULT_OLLAMA_MODEL}`
  if (env.OPENAI_API_KEY || env.OPENAI_BASE_URL) return `openai/${env.OPENAI_MODEL || DEFAULT_OPENAI_MODEL}`
  return googleKey(env) ? `google/${DEFAULT_GOOGLE_MODEL}` : 'offline'
}

/** A provider that names may begin with. */
export interface ProviderInfo {
  id: string
  name: string
  /** What configures it; none for one that needs nothing. */
  envVar: string[]
  isConnected: boolean
  /** Its model that is used where only the provider matters. The provider takes any other, too. */
  models: string[]
}

/** The providers of the registry, and which of them can be used as things are. */
export function listProviders(env: ModelEnv): ProviderInfo[] {
  const { OPENAI_API_KEY: key, OPENAI_BASE_URL: url, OPENAI_MODEL: model } = env
  return [
    {
      id: 'openai',
      name: 'OpenAI',
      envVar: ['OPENAI_API_KEY'],
      isConnected: Boolean(key || url),
      models: [model || DEFAULT_OPENAI_MODEL],
    },
    {
      id: 'google',
      name: 'Google',
      envVar: ['GOOGLE_GENERATIVE_AI_API_KEY'],
      isConnected: Boolean(googleKey(env)),
      models: [DEFAULT_GOOGLE_MODEL],
    },
    // Whether it runs is known when it is asked.
    {
      id: 'ollama',
      name: 'Ollama',
      envVar: ['OLLAMA_BASE_URL'],
      isConnected: Boolean(env.OLLAMA_BASE_URL),
      models: [env.OLLAMA_MODEL || DEFAULT_OLLAMA_MODEL],
    },
    { id: 'offline', name: 'Offline', envVar: [], isConnected: true, models: ['offline'] },
  ]
}

/** Variables are texts. */
export function isTrue(text: string | undefined): boolean {
  return text === '1' || text?.toLowerCase() === 'true'
}

function make(providers: Record<string, Provider>, name: string): Model {
  const slash = name.indexOf('/')
  const providerName = slash < 0 ? name : name.slice(0, slash)
  const provider = Object.hasOwn(providers, providerName) ? providers[providerName] : undefined
  const isNamed = slash < 0 ? name === 'offline' : slash < name.length - 1
  if (!provider || !isNamed) {
    const known = Object.keys(providers).join(', ')
    throw new EdgewiseError(
      'model_not_configured',
      `Cannot use model "${name}": write it as provider/model (${known})`,
    )
  }
  return provider(name.slice(slash + 1))
}

function openaiProvider(env: ModelEnv): Provider {
  return (id) => {
    const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseURL } = env
    if (!apiKey && !baseURL) throw noKey(`openai/${id}`, 'OPENAI_API_KEY')
    // OpenAI's own endpoint speaks the responses API; what is compatible with it often only chat completions.
    if (baseURL) return openaiChat(id, { apiKey: apiKey || 'none', baseURL })
    return openaiResponses(id, { apiKey: apiKey || 'none', baseURL: DEFAULT_OPENAI_URL })
  }
}

function googleProvider(env: ModelEnv): Provider {
  return (id) => {
    const apiKey = googleKey(env)
    if (!apiKey) throw noKey(`google/${id}`, 'GOOGLE_GENERATIVE_AI_API_KEY')
    return googleModel(id, { apiKey, baseURL: env.GOOGLE_GENERATIVE_AI_BASE_URL || DEFAULT_GOOGLE_URL })
  }
}

export function googleKey(env: ModelEnv): string | undefined {
  return env.GOOGLE_GENERATIVE_AI_API_KEY || env.GOOGLE_AI_API_KEY
}

export function noKey(model: string, name: string): EdgewiseError {
  return new EdgewiseError(
    'model_not_configured',
    `Cannot use model "${model}": ${name} is not set (in .dev.vars, or: wrangler secret put ${name})`,
  )
}

function ollamaProvider(env: ModelEnv): Provider {
  const baseURL = env.OLLAMA_BASE_URL || DEFAULT_OLLAMA_URL
  return (id) => openaiChat(id, { apiKey: 'none', baseURL }, 'ollama')
}

function checkModel(model: Exclude<ModelSpec, string>): Model {
  if (model.specificationVersion === 'v4') return model
  const version = String((model as { specificationVersion?: unknown }).specificationVersion)
  throw new EdgewiseError(
    'model_not_configured',
    `Cannot use this model: it implements specification ${version}, v4 is needed (AI SDK 7 providers)`,
  )
}
