import type { Document, Documents } from './documents.ts'

const AT_ONCE = 100

/** The documents of a collection that have a field, in its order, page by page. What changes meanwhile is met where it then stands. */
export async function* listAll(
  documents: Documents,
  collection: string,
  by: string,
): AsyncGenerator<Document, void> {
  for (let after: string | undefined; ;) {
    const page = await documents.query(collection, {
      by,
      limit: AT_ONCE,
      ...(after !== undefined && { after }),
    })
    yield* page.documents
    if (page.next === undefined) return
    after = page.next
  }
}
