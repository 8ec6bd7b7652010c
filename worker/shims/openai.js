// The classes from their own modules: the package's one bundled file cannot be shaken (docs/decisions/0012).
export { OpenAIChatLanguageModel } from '../../node_modules/@ai-sdk/openai/src/chat/openai-chat-language-model.ts'
export { OpenAIEmbeddingModel } from '../../node_modules/@ai-sdk/openai/src/embedding/openai-embedding-model.ts'
export { OpenAIResponsesLanguageModel } from '../../node_modules/@ai-sdk/openai/src/responses/openai-responses-language-model.ts'
