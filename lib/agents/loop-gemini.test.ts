import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { GoogleServer, Part, SignatureNote } from '../../test/fixtures/google/index.ts'
import { call, say, startGoogleServer, text, thought } from '../../test/fixtures/google/index.ts'
import { LAX_MODEL, STRICT_MODEL, modelOf } from '../../test/fixtures/google/trace.ts'
import { asked, endOf, makeTurn, runToEnd, toolOf } from '../../test/fixtures/turns.ts'
import { startTurn } from '../log/fold.ts'
import type { Message } from '../protocol/message.ts'

let server: GoogleServer
beforeEach(async () => {
  server = await startGoogleServer()
})
afterEach(() => server.close())

const tools = { weather: toolOf(() => 'sunny'), time: toolOf(() => ({ hour: 7 })) }

/** A turn through the real provider; the answer, and how it ended. */
async function ask(
  history: Message[],
  modelId?: string,
): Promise<{ answer: Message; status: string | undefined }> {
  const state = startTurn('m', 0)
  const made = makeTurn([], { model: modelOf(server, modelId), tools, maxRetries: 0 }, { history, state })
  const end = endOf(await runToEnd(made))
  expect(end?.error).toBeUndefined()
  return { answer: state.message, status: end?.status }
}

function notes(): SignatureNote[] {
  return server.requests.flatMap(({ signatures }) => signatures)
}

const weather = (signature?: true) => call('weather', { city: 'Bern' }, signature && { signature })

/** The orders in which Gemini streams its signatures: what it says, and how many come. */
const ORDERS: [what: string, parts: readonly (Part | readonly Part[])[], signed: number][] = [
  ['on the call, after thoughts', [thought('h'), thought('m'), weather(true)], 1],
  ['on the first of two calls in one chunk', [[weather(true), call('time')]], 1],
  ['on a thought, and on the call', [thought('hm', true), weather(true)], 2],
  ['on the first piece of a text', [text('a', true), text('b'), weather(true)], 2],
  ['on the last piece of a text', [text('a'), text('b', true), weather(true)], 2],
  ['on an empty piece behind a text', [text('a'), text('b'), text('', true), weather(true)], 2],
  ['on an empty piece behind the call', [weather(true), text('', true)], 2],
  ['on an empty thought before the call', [thought('', true), weather(true)], 2],
]

describe.each([STRICT_MODEL, LAX_MODEL])('the signatures of %s', (modelId) => {
  it.each(ORDERS)('come back across a tool call and a turn: %s', async (_what, parts, signed) => {
    server.script(
      { type: 'reply', parts },
      { type: 'reply', parts: [text('It is'), text(' sunny.', true)] },
      say('ok'),
    )
    const first = await ask([], modelId)
    expect([first.status, server.requests.length]).toEqual(['completed', 2])
    await ask([asked, first.answer], modelId)
    expect(notes().filter(({ type }) => type !== 'kept')).toEqual([])
    // Those of the first step in the second and the third request, that of the second in the third.
    expect(notes()).toHaveLength(signed * 2 + 1)
  })
})

describe('an answer of Gemini', () => {
  it('keeps its signatures when it is stored and read again as JSON', async () => {
    server.script({ type: 'reply', parts: [text('a'), text('', true)] }, say('ok'))
    const { answer } = await ask([])
    await ask([asked, JSON.parse(JSON.stringify(answer))])
    expect(notes()).toEqual([{ type: 'kept', content: 1, part: 'text "a"' }])
  })

  it('that an earlier model gave is taken as it is: what it did not sign is not looked at', async () => {
    const answer: Message = {
      id: 'a',
      role: 'assistant',
      createdAt: 0,
      parts: [
        { type: 'reasoning', text: '', providerMetadata: { openai: { itemId: 'rs_1' } } },
        { type: 'tool', toolCallId: 'call_1', toolName: 'time', input: {}, state: 'done', output: 1 },
        { type: 'step-start', model: 'openai/x' },
        { type: 'text', text: 'Seven.', providerMetadata: { openai: { itemId: 'msg_1' } } },
      ],
    }
    server.script(say('ok'))
    expect((await ask([asked, answer])).status).toBe('completed')
    expect(notes()).toEqual([{ type: 'skipped', content: 1, part: 'call time' }])
  })

  it('that was cut off while it reasoned does not stand in the way of the next', async () => {
    const reasoning = {
      type: 'reasoning',
      text: '',
      providerMetadata: { openai: { itemId: 'rs_1' } },
    } as const
    server.script(say('ok'))
    expect(
      (await ask([asked, { id: 'a', role: 'assistant', createdAt: 0, parts: [reasoning] }])).status,
    ).toBe('completed')
  })

  it('that it blocks ends the turn without words', async () => {
    server.script({ type: 'reply', blockReason: 'SAFETY' })
    const made = makeTurn([], { model: modelOf(server) })
    expect(endOf(await runToEnd(made))).toMatchObject({ status: 'completed', finishReason: 'content-filter' })
  })
})
