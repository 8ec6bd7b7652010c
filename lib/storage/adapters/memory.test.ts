import { describe } from 'vitest'
import { documentsContract } from '../../../test/contracts/documents.ts'
import { documentHistories } from '../../../test/contracts/document-histories.ts'
import { keyValueHistories } from '../../../test/contracts/key-value-histories.ts'
import type { KeyValueWorld } from '../../../test/contracts/key-value.ts'
import { keyValueContract } from '../../../test/contracts/key-value.ts'
import { vectorHistories } from '../../../test/contracts/vector-histories.ts'
import type { VectorsWorld } from '../../../test/contracts/vectors.ts'
import { vectorsContract } from '../../../test/contracts/vectors.ts'
import { weighAsSparse, wordHistories } from '../../../test/contracts/word-histories.ts'
import { wordsContract } from '../../../test/contracts/words.ts'
import { MemoryStorage } from './memory-storage.ts'
import { createMemoryVectors } from './memory-vectors.ts'

describe('documents of a storage of four methods', () => {
  documentsContract(() => new MemoryStorage().documents('resource/ann'))
  documentHistories(() => new MemoryStorage().documents('resource/ann'))
})

function createValues(): KeyValueWorld {
  let now = 1_000_000
  return {
    keyValue: new MemoryStorage({ now: () => now }).keyValue('resource/ann'),
    pass: async (ms) => void (now += ms),
  }
}

describe('values of a storage of four methods', () => {
  keyValueContract(createValues)
  keyValueHistories(createValues)
})

const createVectors = (): VectorsWorld => ({
  vectors: createMemoryVectors(),
  settle: async () => undefined,
})

describe('vectors in memory', () => {
  vectorsContract(createVectors)
  vectorHistories(createVectors)
  wordsContract(createVectors)
  wordHistories(createVectors, weighAsSparse)
})
