import type { EmbeddingModelV4 } from '@ai-sdk/provider'
import {
  createJsonErrorResponseHandler,
  createJsonResponseHandler,
  postJsonToApi,
} from '@ai-sdk/provider-utils'
import * as z from 'zod'
import type { Endpoint } from './providers.ts'

const answer = z.object({ embeddings: z.array(z.object({ values: z.array(z.number()) })) })
const failure = z.object({ error: z.object({ message: z.string() }) })

/**
 * Gemini's embedding models over `batchEmbedContents`. The provider's own class comes only with the whole provider,
 * which would be a tenth of the Worker.
 */
export function createGoogleEmbedder(modelId: string, { apiKey, baseURL }: Endpoint): EmbeddingModelV4 {
  return {
    specificationVersion: 'v4',
    provider: 'google.generative-ai',
    modelId,
    maxEmbeddingsPerCall: 100,
    supportsParallelCalls: true,
    async doEmbed({ values, dimensions, headers, abortSignal }) {
      const { value, responseHeaders, rawValue } = await postJsonToApi({
        url: `${baseURL.replace(/\/$/, '')}/models/${modelId}:batchEmbedContents`,
        headers: { 'x-goog-api-key': apiKey, ...headers },
        body: {
          requests: values.map((text) => ({
            model: `models/${modelId}`,
            content: { role: 'user', parts: [{ text }] },
            ...(dimensions !== undefined && { outputDimensionality: dimensions }),
          })),
        },
        failedResponseHandler: createJsonErrorResponseHandler({
          errorSchema: failure,
          errorToMessage: ({ error }) => error.message,
        }),
        successfulResponseHandler: createJsonResponseHandler(answer),
        ...(abortSignal && { abortSignal }),
      })
      return {
        embeddings: value.embeddings.map(({ values: vector }) => vector),
        warnings: [],
        response: { ...(responseHeaders && { headers: responseHeaders }), body: rawValue },
      }
    },
  }
}
