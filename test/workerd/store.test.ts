import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe } from 'vitest'
import { unsettle } from '../../lib/storage/adapters/settled.ts'
import type { AskStore } from '../../lib/storage/adapters/store.ts'
import { storeDocuments, storeKeyValue, storeVectors } from '../../lib/storage/adapters/store.ts'
import { documentHistories } from '../contracts/document-histories.ts'
import { documentsContract } from '../contracts/documents.ts'
import { keyValueContract } from '../contracts/key-value.ts'
import type { VectorsWorld } from '../contracts/vectors.ts'
import { vectorsContract } from '../contracts/vectors.ts'
import { wordHistories } from '../contracts/word-histories.ts'
import { wordsContract } from '../contracts/words.ts'
import { pass } from './clock.ts'

afterEach(reset)

function newStore(): AskStore {
  const store = env.STORE.getByName(`resource/${crypto.randomUUID()}`)
  return async (question) => unsettle(await question(store))
}

describe('documents in the Store object', () => {
  documentsContract(() => storeDocuments(newStore()))
  documentHistories(() => storeDocuments(newStore()), 20)
})

describe('values in the Store object', () =>
  keyValueContract(() => ({ keyValue: storeKeyValue(newStore()), pass: async (ms) => pass(ms) })))

function createVectors(): VectorsWorld {
  return { vectors: storeVectors(newStore()), settle: async () => undefined }
}

describe('vectors in the Store object', () => {
  vectorsContract(createVectors)
  wordsContract(createVectors)
  wordHistories(createVectors, undefined, 20)
})
