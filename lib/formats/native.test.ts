import { expect, it } from 'vitest'
import { createEncoder } from './encoders.ts'
import { createNativeEncoder } from './native.ts'

it('says an event as it is, with its offset as the id if it is of the log', () => {
  const { encode, end, headers, keepAlive } = createNativeEncoder()
  const offset = { generation: 1, attempt: 2, position: 37 }
  expect(encode({ event: { type: 'text-delta', id: 't', delta: 'a\nb' }, offset })).toBe(
    'id: 000001-0002-000011\ndata: {"type":"text-delta","id":"t","delta":"a\\nb"}\n\n',
  )
  expect(encode({ event: { type: 'step-restart' } })).toBe('data: {"type":"step-restart"}\n\n')
  expect([end(), keepAlive]).toEqual(['', ': keep-alive\n\n'])
  expect(headers['content-type']).toBe('text/event-stream; charset=utf-8')
})

it('is found by its name, as the AI SDK stream is', () => {
  expect(createEncoder('native').end()).toBe('')
  expect(createEncoder('ai-sdk').headers['x-vercel-ai-ui-message-stream']).toBe('v1')
})
