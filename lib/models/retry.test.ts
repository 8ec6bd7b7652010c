import { APICallError, JSONParseError, TypeValidationError } from '@ai-sdk/provider'
import { describe, expect, it } from 'vitest'
import { EdgewiseError } from '../protocol/error.ts'
import { ModelStreamError, backoffMs, readModelError } from './retry.ts'

const CUT = 'The connection to the model ended before the answer did'

function apiError(
  statusCode: number | undefined,
  over: Partial<ConstructorParameters<typeof APICallError>[0]> = {},
): APICallError {
  return new APICallError({
    message: 'said',
    url: 'https://api.example/v1',
    requestBodyValues: { messages: ['the conversation'] },
    ...(statusCode !== undefined && { statusCode }),
    ...over,
  })
}

/** The shapes that the OpenAI provider really gives; test/fixtures/openai shows that it does. */
const SHAPES: [what: string, error: unknown, message: string, isRetryable: boolean][] = [
  ['a socket cut within the answer', apiError(200, { isRetryable: true }), CUT, true],
  ['the same cut in workerd, which the SDK calls final', apiError(200, { isRetryable: false }), CUT, true],
  ['a clean early end', new ModelStreamError(CUT), CUT, true],
  ['a refused connection', apiError(undefined, { isRetryable: true }), 'The model failed: said', true],
  ['a busy provider', apiError(503), "The model's provider answered 503: said", true],
  ['a server error', apiError(500), "The model's provider answered 500: said", true],
  ['a request timeout', apiError(408), "The model's provider answered 408: said", true],
  ['a conflict', apiError(409), "The model's provider answered 409: said", true],
  ['a rate limit', apiError(429), "The model's provider answered 429: said", true],
  [
    'an empty account',
    apiError(429, { data: { error: { code: 'insufficient_quota' } } }),
    "The model's provider answered 429: said",
    false,
  ],
  [
    "a day's quota that is used up, in Gemini's words",
    apiError(429, {
      data: { error: { details: [{ violations: [{ quotaId: 'RequestsPerDayPerModel' }] }] } },
    }),
    "The model's provider answered 429: said",
    false,
  ],
  ['a wrong key', apiError(401), "The model's provider answered 401: said", false],
  ['a wrong request', apiError(400), "The model's provider answered 400: said", false],
  ['an unknown model', apiError(404), "The model's provider answered 404: said", false],
  [
    'an error told within the stream',
    { type: 'server_error', message: 'said', statusCode: 500, isRetryable: true, data: {} },
    "The model's provider answered 500: said",
    true,
  ],
  [
    'a final error told within the stream',
    { type: 'invalid_request_error', message: 'said', statusCode: 400, isRetryable: false, data: {} },
    "The model's provider answered 400: said",
    false,
  ],
  [
    'an empty account told within the stream',
    { message: 'said', statusCode: 429, isRetryable: true, data: { error: { type: 'insufficient_quota' } } },
    "The model's provider answered 429: said",
    false,
  ],
  [
    'an error without a status that knows',
    { message: 'said', isRetryable: false },
    'The model failed: said',
    false,
  ],
  [
    'an overloaded provider, by its type',
    { type: 'overloaded_error', message: 'said' },
    'The model failed: said',
    true,
  ],
  [
    'a rate limit, by its code',
    { code: 'rate_limit_exceeded', message: 'said' },
    'The model failed: said',
    true,
  ],
  [
    'something else, by its type',
    { type: 'content_policy', message: 'said' },
    'The model failed: said',
    false,
  ],
  [
    'a frame that is not JSON',
    new JSONParseError({ text: '{"half', cause: new SyntaxError('x') }),
    'The model sent a frame that cannot be read',
    true,
  ],
  [
    'a frame of another shape',
    new TypeValidationError({ value: {}, cause: new Error('x') }),
    'The model sent a frame that cannot be read',
    true,
  ],
  [
    'a lost connection in workerd',
    new Error('Network connection lost.'),
    'The model failed: Network connection lost.',
    true,
  ],
  ['a failed fetch in Node', new TypeError('fetch failed'), 'The model failed: fetch failed', true],
  ['a stream that Node cut', new TypeError('terminated'), 'The model failed: terminated', true],
  [
    'a mistake in the model',
    new TypeError('x is not a function'),
    'The model failed: x is not a function',
    false,
  ],
  ['a thrown text', 'no way', 'The model failed: no way', false],
  ['nothing at all', undefined, 'The model failed: undefined', false],
]

describe('readModelError', () => {
  it.each(SHAPES)('of %s', (_what, error, message, isRetryable) => {
    expect(readModelError(error)).toEqual({ code: 'model_failed', message, isRetryable })
  })

  it('keeps the code of an error of ours, and tries a step again whose time was up', () => {
    expect(readModelError(new EdgewiseError('step_timeout', 'slow'))).toEqual({
      code: 'step_timeout',
      message: 'slow',
      isRetryable: true,
    })
    expect(readModelError(new EdgewiseError('model_not_configured', 'no key'))).toEqual({
      code: 'model_not_configured',
      message: 'no key',
      isRetryable: false,
    })
  })

  it('takes secrets and line breaks out of what the provider said, and cuts it short', () => {
    const wrongKey = apiError(401, { message: 'Incorrect API key provided:\n  sk-abcde*****fghi.' })
    expect(readModelError(wrongKey).message).toBe(
      "The model's provider answered 401: Incorrect API key provided: [redacted].",
    )
    expect(readModelError(new Error('Bearer abcdefgh1234')).message).toBe('The model failed: [redacted]')
    const long = readModelError(apiError(500, { message: 'x'.repeat(5000) }))
    expect(long.message.length).toBeLessThan(350)
  })

  it('says nothing of the conversation', () => {
    expect(JSON.stringify(readModelError(apiError(400)))).not.toContain('conversation')
  })

  it.each([
    [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1500],
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '-3' }, 0],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after-ms': 'soon', 'retry-after': '2' }, 2000],
    [{}, undefined],
  ])('reads %j as a pause of %s ms', (responseHeaders, retryAfterMs) => {
    const failure = readModelError(
      apiError(429, { responseHeaders: responseHeaders as Record<string, string> }),
    )
    expect(failure.retryAfterMs).toBe(retryAfterMs)
  })

  it.each([
    ['45.837906927s', 45_838],
    ['12s', 12_000],
    ['soon', undefined],
  ])("reads Gemini's %s as a pause of %s ms, over HTTP and within a stream", (retryDelay, retryAfterMs) => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay }]
    expect(readModelError(apiError(429, { data: { error: { details } } })).retryAfterMs).toBe(retryAfterMs)
    const said = { message: 'said', statusCode: 429, isRetryable: true, data: { code: 429, details } }
    expect(readModelError(said).retryAfterMs).toBe(retryAfterMs)
  })

  it('takes the header before what the body says', () => {
    const data = { error: { details: [{ retryDelay: '9s' }] } }
    expect(
      readModelError(apiError(429, { data, responseHeaders: { 'retry-after': '2' } })).retryAfterMs,
    ).toBe(2000)
  })

  it('reads a date as a pause until then', () => {
    const date = new Date(Date.now() + 30_000).toUTCString()
    const until = Date.parse(date)
    const before = Date.now()
    const { retryAfterMs = 0 } = readModelError(apiError(503, { responseHeaders: { 'retry-after': date } }))
    expect(retryAfterMs).toBeLessThanOrEqual(until - before)
    expect(retryAfterMs).toBeGreaterThanOrEqual(until - Date.now())
  })
})

describe('backoffMs', () => {
  it('doubles up to a limit, and is spread over all of it', () => {
    expect([1, 2, 3, 4, 5, 6, 20].map((retry) => backoffMs(retry, () => 1))).toEqual([
      1000, 2000, 4000, 8000, 16_000, 20_000, 20_000,
    ])
    expect([backoffMs(3, () => 0), backoffMs(3, () => 0.5)]).toEqual([0, 2000])
  })
})
