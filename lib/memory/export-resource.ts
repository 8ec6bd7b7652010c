import type { JsonValue } from '../protocol/json.ts'
import type { MemoryAccess } from './access.ts'
import { FACTS_COLLECTION, listFacts } from './facts.ts'
import { SWEEP_COLLECTION } from './sweep-state.ts'
import { readWorking, WORKING_COLLECTION } from './working-store.ts'

/** A line of what a resource's memory holds beside its threads. */
export type MemoryLine =
  | { type: 'working-memory'; content: JsonValue }
  | { type: 'fact'; category: string; key: string; value: JsonValue; createdAt: number; updatedAt: number }

export async function* exportMemory(access: MemoryAccess): AsyncGenerator<MemoryLine, void> {
  const working = await readWorking(access.documents)
  if (working) yield { type: 'working-memory', content: working.content }
  for await (const fact of listFacts(access)) yield { type: 'fact', ...fact }
}

/** Erases facts and working memory. May be done again. */
export async function eraseMemory({ documents }: Pick<MemoryAccess, 'documents'>): Promise<void> {
  await documents.clear(FACTS_COLLECTION)
  await documents.clear(WORKING_COLLECTION)
}

/** Erases every index of the resource, and what is told of them. May be done again. */
export async function eraseIndexes({ documents, vectors }: MemoryAccess): Promise<void> {
  const index = vectors()
  for (const name of await index.listIndexes()) await index.deleteIndex(name)
  // What was put in since, if that was refused for long, is embedded anew.
  await documents.clear(SWEEP_COLLECTION)
}
