import {
  batchStoreFacts,
  cleanUpFacts,
  deleteFact,
  listAllFacts,
  retrieveFact,
  searchAllFacts,
  storeFact,
} from '../handlers/facts.ts'
import type { Route } from '../route.ts'
import { successAnswer } from '../schemas/agent-memory.ts'
import * as schemas from '../schemas/facts.ts'
import { memoryRoute } from './memory-route.ts'

const errors = ['agent_not_found', 'storage_unavailable'] as const
const stored: [string, typeof schemas.storedFactsAnswer] = ['How many were stored', schemas.storedFactsAnswer]

/** What is known of a resource, by category and key. */
export const factsRoutes: readonly Route[] = [
  memoryRoute(['GET', 'facts'], 'listFacts', "A resource's facts", {
    gives: ['A page of facts', schemas.factsAnswer],
    query: schemas.listFactsQuery,
    errors,
    handler: listAllFacts,
  }),
  memoryRoute(['POST', 'facts'], 'storeFact', 'Store a fact', {
    gives: stored,
    query: schemas.factsQuery,
    body: schemas.storeFactBody,
    errors,
    handler: storeFact,
  }),
  memoryRoute(['POST', 'facts/batch'], 'batchStoreFacts', 'Store many facts', {
    gives: stored,
    query: schemas.factsQuery,
    body: schemas.storeFactsBody,
    errors,
    handler: batchStoreFacts,
  }),
  memoryRoute(['GET', 'facts/search'], 'searchFacts', 'Find facts by their meaning', {
    gives: ['What was found, best first', schemas.foundFactsAnswer],
    query: schemas.searchFactsQuery,
    errors: [...errors, 'model_not_configured'],
    handler: searchAllFacts,
  }),
  memoryRoute(['POST', 'facts/cleanup'], 'cleanUpFacts', 'Delete facts that were not stored again since', {
    gives: ['How many were deleted', schemas.cleanedAnswer],
    query: schemas.factsQuery,
    body: schemas.cleanupBody,
    errors,
    handler: cleanUpFacts,
  }),
  memoryRoute(['GET', 'facts/:category/:key'], 'retrieveFact', 'One fact', {
    gives: ['The fact', schemas.factAnswer],
    params: schemas.factParams,
    query: schemas.factsQuery,
    errors: [...errors, 'not_found'],
    handler: retrieveFact,
  }),
  memoryRoute(['DELETE', 'facts/:category/:key'], 'deleteFact', 'Delete a fact', {
    gives: ['It is gone', successAnswer],
    params: schemas.factParams,
    query: schemas.factsQuery,
    errors,
    handler: deleteFact,
  }),
]
