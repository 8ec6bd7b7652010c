import { describe } from 'vitest'
import { eventLogContract } from '../../test/contracts/event-log.ts'
import { createMemoryLog } from './memory-log.ts'

describe('a log in memory', () => eventLogContract(createMemoryLog))
