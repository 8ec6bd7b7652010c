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
import * as schemas from '../schemas/facts.ts'
import { memoryRoute } from './memory-route.ts'

/** What is known of a resource, by category and key. */
export const factsRoutes: readonly Route[] = [
  memoryRoute(['GET', 'facts'], 'listFacts', { query: schemas.listFactsQuery, handler: listAllFacts }),
  memoryRoute(['POST', 'facts'], 'storeFact', {
    query: schemas.factsQuery,
    body: schemas.storeFactBody,
    handler: storeFact,
  }),
  memoryRoute(['POST', 'facts/batch'], 'batchStoreFacts', {
    query: schemas.factsQuery,
    body: schemas.storeFactsBody,
    handler: batchStoreFacts,
  }),
  memoryRoute(['GET', 'facts/search'], 'searchFacts', {
    query: schemas.searchFactsQuery,
    handler: searchAllFacts,
  }),
  memoryRoute(['POST', 'facts/cleanup'], 'cleanUpFacts', {
    query: schemas.factsQuery,
    body: schemas.cleanupBody,
    handler: cleanUpFacts,
  }),
  memoryRoute(['GET', 'facts/:category/:key'], 'retrieveFact', {
    params: schemas.factParams,
    query: schemas.factsQuery,
    handler: retrieveFact,
  }),
  memoryRoute(['DELETE', 'facts/:category/:key'], 'deleteFact', {
    params: schemas.factParams,
    query: schemas.factsQuery,
    handler: deleteFact,
  }),
]
