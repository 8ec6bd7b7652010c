import { convertToModelMessages, modelMessageSchema, safeValidateUIMessages } from 'ai'
import type { ModelMessage, UIMessage } from 'ai'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { conversations } from '../../../test/fixtures/messages/arbitrary.ts'
import { canonical } from '../../../test/fixtures/messages/canonical.ts'
import { readRecorded } from '../../../test/fixtures/messages/read.ts'
import { fromMessages, toMessages } from '../convert-messages.ts'

it('writes what the AI SDK takes for its UI messages, whatever the conversation', async () => {
  await fc.assert(
    fc.asyncProperty(conversations(), async (conversation) => {
      const messages: UIMessage[] = toMessages(conversation, 'aiV7.ui').messages
      const result = await safeValidateUIMessages({ messages })
      expect(result).toMatchObject({ success: true })
    }),
    { numRuns: 50 },
  )
})

it('writes what the AI SDK takes for its model messages, whatever the conversation', () => {
  fc.assert(
    fc.property(conversations(), (conversation) => {
      const messages: ModelMessage[] = toMessages(conversation, 'aiV7.model').messages
      for (const message of messages) expect(modelMessageSchema.safeParse(message).error).toBeUndefined()
    }),
    { numRuns: 100 },
  )
})

it.each(['ai-sdk-5-ui', 'ai-sdk-6-ui'])(
  'makes the model messages of %s that the AI SDK makes of them itself',
  async (name) => {
    const { messages } = fromMessages(readRecorded(name))
    const answered = messages.filter(({ id }) => id !== 'msg-waiting' && id !== 'msg-answered')
    const { messages: ui } = toMessages(answered, 'aiV7.ui')
    const theirs = await convertToModelMessages(ui)
    const { messages: ours } = toMessages(answered, 'aiV7.model')
    // It tells a call that was declined and is over as an error, while it waits for the model as declined.
    const denied = /"type":"execution-denied","reason":("[^"]*")/g
    const told: object = JSON.parse(JSON.stringify(ours).replaceAll(denied, '"type":"error-text","value":$1'))
    expect(canonical(told, 'aiV7.model')).toEqual(canonical(theirs, 'aiV7.model'))
  },
)
