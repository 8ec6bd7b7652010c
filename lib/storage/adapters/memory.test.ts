import { describe } from 'vitest'
import { documentsContract } from '../../../test/contracts/documents.ts'
import { documentHistories } from '../../../test/contracts/document-histories.ts'
import { keyValueContract } from '../../../test/contracts/key-value.ts'
import { vectorsContract } from '../../../test/contracts/vectors.ts'
import { MemoryStorage } from './memory-storage.ts'
import { createMemoryVectors } from './memory-vectors.ts'

describe('documents of a storage of four methods', () => {
  documentsContract(() => new MemoryStorage().documents('resource/ann'))
  documentHistories(() => new MemoryStorage().documents('resource/ann'))
})

describe('values of a storage of four methods', () =>
  keyValueContract(() => {
    let now = 1_000_000
    return {
      keyValue: new MemoryStorage({ now: () => now }).keyValue('resource/ann'),
      pass: async (ms) => void (now += ms),
    }
  }))

describe('vectors in memory', () =>
  vectorsContract(() => ({ vectors: createMemoryVectors(), settle: async () => undefined })))
