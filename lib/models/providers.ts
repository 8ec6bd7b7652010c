import { GoogleLanguageModel } from '@ai-sdk/google/internal'
import {
  OpenAIChatLanguageModel,
  OpenAIEmbeddingModel,
  OpenAIResponsesLanguageModel,
} from '@ai-sdk/openai/internal'
import { randomId } from '../protocol/id.ts'
import type { Embedder } from './embedder.ts'
import type { Model } from './model.ts'

// The providers' models without the providers: createOpenAI and createGoogle bring images, speech, files and batches
// along, a fifth of the whole Worker (docs/decisions/0009).

export interface Endpoint {
  apiKey: string
  /** Without a slash at its end. */
  baseURL: string
}

/** What OpenAI-compatible endpoints speak. `provider` names them in events and spans. */
export function openaiChat(modelId: string, endpoint: Endpoint, provider = 'openai'): Model {
  return new OpenAIChatLanguageModel(modelId, openaiConfig(`${provider}.chat`, endpoint))
}

/** What OpenAI's own endpoint speaks. */
export function openaiResponses(modelId: string, endpoint: Endpoint): Model {
  const config = openaiConfig('openai.responses', endpoint)
  return new OpenAIResponsesLanguageModel(modelId, {
    ...config,
    baseURL: trim(endpoint.baseURL),
    fileIdPrefixes: ['file-'],
  })
}

export function openaiEmbedder(modelId: string, endpoint: Endpoint, provider = 'openai'): Embedder {
  return new OpenAIEmbeddingModel(modelId, openaiConfig(`${provider}.embedding`, endpoint))
}

export function googleModel(modelId: string, { apiKey, baseURL }: Endpoint): Model {
  return new GoogleLanguageModel(modelId, {
    provider: 'google.generative-ai',
    baseURL: trim(baseURL),
    headers: { 'x-goog-api-key': apiKey },
    generateId: () => randomId('call'),
  })
}

function openaiConfig(provider: string, { apiKey, baseURL }: Endpoint) {
  return {
    provider,
    url: ({ path }: { path: string }) => `${trim(baseURL)}${path}`,
    headers: { Authorization: `Bearer ${apiKey}` },
  }
}

function trim(baseURL: string): string {
  return baseURL.replace(/\/$/, '')
}
