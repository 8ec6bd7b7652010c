import { createOpenAI } from '@ai-sdk/openai'
import type { UIMessage } from 'ai'
import { convertToModelMessages, createUIMessageStreamResponse, streamText, toUIMessageStream } from 'ai'

interface Env {
  OPENAI_BASE_URL: string
  OPENAI_MODEL: string
}

/** What most people deploy first: `streamText` in a Worker, nothing kept. What the kit is measured against. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    if (request.method !== 'POST') return new Response('ok')
    const { messages } = await request.json<{ messages: UIMessage[] }>()
    const openai = createOpenAI({ baseURL: env.OPENAI_BASE_URL, apiKey: 'none' })
    const { stream } = streamText({
      model: openai.chat(env.OPENAI_MODEL),
      instructions: 'You are a helper. Keep answers short.',
      messages: await convertToModelMessages(messages),
      abortSignal: request.signal,
    })
    return createUIMessageStreamResponse({ stream: toUIMessageStream({ stream }) })
  },
}
