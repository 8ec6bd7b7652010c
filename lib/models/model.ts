import type { LanguageModelV4 } from '@ai-sdk/provider'

/** What answers: the AI SDK's provider interface, https://ai-sdk.dev/docs/foundations/providers-and-models. */
export type Model = LanguageModelV4

/** A model, or its name as `provider/model`: `openai/gpt-5.4-mini`, `google/gemini-3.8-flash`, `ollama/llama3.1:8b`, `offline`. */
export type ModelSpec = string | Model

/** One model of a list. `maxRetries` is how often it is tried again before the next one is. Default: the agent's. */
export type ModelFallback = ModelSpec | { model: ModelSpec; maxRetries?: number }

/** What answers, or a list: its first model answers, and the others in their order where those before them fail. */
export type ModelChoice = ModelSpec | ModelFallback[]

/** Finds the model that is meant; without a name, the default one. Throws EdgewiseError `model_not_configured`. */
export type ResolveModel = (spec: ModelSpec | undefined) => Model

export function modelLabel(model: Model): string {
  // Providers name themselves after the API as well: openai.chat, openai.responses.
  const provider = model.provider.split('.')[0] ?? model.provider
  return provider === model.modelId ? provider : `${provider}/${model.modelId}`
}
