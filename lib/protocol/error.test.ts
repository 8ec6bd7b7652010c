import { describe, expect, it } from 'vitest'
import { ERROR_STATUS, EdgewiseError, isErrorCode, toErrorBody } from './error.ts'

describe('EdgewiseError', () => {
  it('has the status of its code', () => {
    expect(new EdgewiseError('thread_busy', 'Busy').status).toBe(409)
  })

  it('keeps its cause, and has none when none was given', () => {
    const cause = new Error('below')
    expect(new EdgewiseError('internal', 'Above', { cause }).cause).toBe(cause)
    expect('cause' in new EdgewiseError('internal', 'Above')).toBe(false)
  })

  it('is told to clients by code, message and issues alone', () => {
    const cause = new Error('secret')
    const headers = { 'retry-after': '5' }
    const issues = [{ field: 'messages', message: 'is required' }]
    expect(toErrorBody(new EdgewiseError('invalid_request', 'Bad', { issues, cause, headers }))).toEqual({
      code: 'invalid_request',
      message: 'Bad',
      issues,
    })
    expect(toErrorBody(new EdgewiseError('internal', 'Oh', { cause }))).toEqual({
      code: 'internal',
      message: 'Oh',
    })
  })
})

describe('the error table', () => {
  it('holds only statuses of client and server errors', () => {
    expect(Object.values(ERROR_STATUS).filter((status) => status < 400 || status > 599)).toEqual([])
  })

  it('knows its own codes and nothing that objects inherit', () => {
    expect(['internal', 'aborted', 'toString', '__proto__', 'nope', undefined, 5].map(isErrorCode)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ])
  })
})
