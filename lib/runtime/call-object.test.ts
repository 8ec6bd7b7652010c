import { describe, expect, it } from 'vitest'
import { callObject } from './call-object.ts'

function failure(over: object): Error {
  return Object.assign(new Error('died'), over)
}

/** Fails with each error in turn, then answers. */
async function call(...errors: unknown[]): Promise<{ answer: unknown; waits: number[]; calls: number }> {
  const waits: number[] = []
  let calls = 0
  const answer = await callObject(
    async () => {
      const error = errors[calls]
      calls += 1
      if (error) throw error
      return 'answer'
    },
    async (ms) => void waits.push(ms),
  ).catch((error: unknown) => error)
  return { answer, waits, calls }
}

describe('a call of an object', () => {
  it('is made once when all is well', async () => {
    expect(await call()).toEqual({ answer: 'answer', waits: [], calls: 1 })
  })

  it.each([{ retryable: true }, { durableObjectReset: true }])(
    'is made again when the object died: %j',
    async (over) => {
      expect(await call(failure(over))).toEqual({ answer: 'answer', waits: [20], calls: 2 })
      expect(await call(failure(over), failure(over))).toEqual({
        answer: 'answer',
        waits: [20, 200],
        calls: 3,
      })
    },
  )

  it('is given up after the third death', async () => {
    const died = failure({ retryable: true })
    expect(await call(died, died, died)).toEqual({ answer: died, waits: [20, 200], calls: 3 })
  })

  it.each([failure({}), failure({ retryable: true, overloaded: true }), 'a text'])(
    'is not made again after %o',
    async (error) => {
      expect(await call(error)).toEqual({ answer: error, waits: [], calls: 1 })
    },
  )
})
