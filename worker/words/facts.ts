import { successAnswer } from '../schemas/agent-memory-answers.ts'
import * as schemas from '../schemas/facts-answers.ts'
import type { Words } from './words.ts'

const errors = ['agent_not_found', 'storage_unavailable'] as const
const stored = [{ description: 'How many were stored', json: schemas.storedFactsAnswer }]

export const factsWords: Words = {
  listFacts: {
    summary: "A resource's facts",
    answers: [{ description: 'A page of facts', json: schemas.factsAnswer }],
    errors,
  },
  storeFact: { summary: 'Store a fact', answers: stored, errors },
  batchStoreFacts: { summary: 'Store many facts', answers: stored, errors },
  searchFacts: {
    summary: 'Find facts by their meaning',
    answers: [{ description: 'What was found, best first', json: schemas.foundFactsAnswer }],
    errors: [...errors, 'model_not_configured'],
  },
  cleanUpFacts: {
    summary: 'Delete facts that were not stored again since',
    answers: [{ description: 'How many were deleted', json: schemas.cleanedAnswer }],
    errors,
  },
  retrieveFact: {
    summary: 'One fact',
    answers: [{ description: 'The fact', json: schemas.factAnswer }],
    errors: [...errors, 'not_found'],
  },
  deleteFact: {
    summary: 'Delete a fact',
    answers: [{ description: 'It is gone', json: successAnswer }],
    errors,
  },
}
