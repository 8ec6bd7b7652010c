import { DurableObject } from 'cloudflare:workers'
import type { Document, DocumentPage, DocumentQuery, Documents } from '../lib/storage/documents.ts'
import { createObjectSql } from '../lib/storage/adapters/do-sql.ts'
import { createSqlDocuments } from '../lib/storage/adapters/sql-documents.ts'

/** A shard of the embedded storage: the documents port, spoken over the object's own calls. */
export function storeClass() {
  return class StoreObject extends DurableObject implements Documents {
    readonly #documents: Documents = createSqlDocuments(createObjectSql(this.ctx.storage))

    put(collection: string, document: Document): Promise<void> {
      return this.#documents.put(collection, document)
    }

    get(collection: string, id: string): Promise<Document | undefined> {
      return this.#documents.get(collection, id)
    }

    delete(collection: string, id: string, version: number): Promise<void> {
      return this.#documents.delete(collection, id, version)
    }

    query(collection: string, query: DocumentQuery): Promise<DocumentPage> {
      return this.#documents.query(collection, query)
    }
  }
}
