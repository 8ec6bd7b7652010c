import { describe, expect, it } from 'vitest'
import { isInvalidRequest } from './invalid-request.ts'

const CASES: [what: string, error: unknown, isInvalid: boolean][] = [
  ['a wrong request', { statusCode: 400, message: "Missing required parameter: 'messages'." }, true],
  ['one that cannot be processed', { statusCode: 422, message: 'contents is not specified' }, true],
  ['one that was refused within a stream', { statusCode: 400, message: 'said', data: { code: 400 } }, true],
  ['a server error', { statusCode: 500, message: 'said' }, false],
  ['a wrong key', { statusCode: 401, message: 'said' }, false],
  ['an unknown model', { statusCode: 404, message: 'said' }, false],
  ["a wrong key, in Gemini's words", { statusCode: 400, message: 'API key not valid.' }, false],
  ['a key, by its reason', { statusCode: 400, data: { details: [{ reason: 'API_KEY_INVALID' }] } }, false],
  ['a place', { statusCode: 400, message: 'User location is not supported for the API use.' }, false],
  [
    'a conversation that is too long',
    { statusCode: 400, data: { error: { code: 'context_length_exceeded' } } },
    false,
  ],
  [
    "the same in Gemini's words",
    {
      statusCode: 400,
      message: 'The input token count (9) exceeds the maximum number of tokens allowed (8).',
    },
    false,
  ],
  [
    "the same in Anthropic's words",
    { statusCode: 400, message: 'prompt is too long: 9 tokens > 8 maximum' },
    false,
  ],
  ['what a model cannot do', { statusCode: 400, message: "Unsupported parameter: 'temperature'" }, false],
  ['an account without money', { statusCode: 400, message: 'Your credit balance is too low' }, false],
  [
    'what a model will not hear',
    { statusCode: 400, data: { error: { code: 'content_policy_violation' } } },
    false,
  ],
  ["another model's signature", { statusCode: 400, message: 'Corrupted thought signature.' }, false],
  ['no error of a provider', new TypeError('x is not a function'), false],
  ['nothing', undefined, false],
]

describe('a request that no model would take', () => {
  it.each(CASES)('%s', (_what, error, isInvalid) => {
    expect(isInvalidRequest(error)).toBe(isInvalid)
  })
})
