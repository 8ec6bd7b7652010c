// As in openai.js. Here the embedding model is reachable, too.
export { GoogleLanguageModel } from '../../node_modules/@ai-sdk/google/src/google-language-model.ts'
