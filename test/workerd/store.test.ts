import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe } from 'vitest'
import { documentsContract } from '../contracts/documents.ts'

afterEach(reset)

describe('the Store object', () => {
  documentsContract(() => env.STORE.getByName(`resource/${crypto.randomUUID()}`))
})
