import type { JsonObject, JsonValue } from '../../protocol/json.ts'
import { isJsonObject } from './fields.ts'
import type { Place } from './loss.ts'
import { inside, lose } from './loss.ts'

/** Where a text of OpenAI's has its words from. */
export type Annotation =
  | { type: 'file_citation'; file_id: string; filename: string; index: number }
  | { type: 'url_citation'; url: string; title: string; start_index: number; end_index: number }
  | {
      type: 'container_file_citation'
      container_id: string
      file_id: string
      filename: string
      start_index: number
      end_index: number
    }
  | { type: 'file_path'; file_id: string; index: number }

/** Where a text of Anthropic's has its words from. */
export type Citation = { cited_text: string } & (
  | ({ type: 'char_location'; start_char_index: number; end_char_index: number } & InDocument)
  | ({ type: 'page_location'; start_page_number: number; end_page_number: number } & InDocument)
  | ({ type: 'content_block_location'; start_block_index: number; end_block_index: number } & InDocument)
  | { type: 'web_search_result_location'; encrypted_index: string; title: string | null; url: string }
  | {
      type: 'search_result_location'
      search_result_index: number
      source: string
      title: string | null
      start_block_index: number
      end_block_index: number
    }
)

interface InDocument {
  document_index: number
  document_title: string | null
}

/** The citations that were kept from what the provider said; what is none of its kinds is noted as lost. */
export function annotationsIn(value: JsonValue | undefined, place: Place): Annotation[] {
  return known(value, place, (item): item is Annotation & JsonObject => fits(item, ANNOTATIONS))
}

export function citationsIn(value: JsonValue | undefined, place: Place): Citation[] {
  return known(value, place, (item): item is Citation & JsonObject => fits(item, CITATIONS))
}

function known<Kind>(
  value: JsonValue | undefined,
  place: Place,
  isKnown: (item: JsonObject) => item is Kind & JsonObject,
): Kind[] {
  return (Array.isArray(value) ? value : []).flatMap((item, i) => {
    if (isJsonObject(item) && isKnown(item)) return [item]
    lose(inside(inside(place, 'citations'), i), 'a citation', 'we do not know its kind')
    return []
  })
}

/** The fields of each kind, with what they hold; `?` may be null. */
type Kinds = Record<string, Record<string, 'string' | 'number' | 'string?'>>

const ANNOTATIONS: Kinds = {
  file_citation: { file_id: 'string', filename: 'string', index: 'number' },
  url_citation: { url: 'string', title: 'string', start_index: 'number', end_index: 'number' },
  container_file_citation: {
    container_id: 'string',
    file_id: 'string',
    filename: 'string',
    start_index: 'number',
    end_index: 'number',
  },
  file_path: { file_id: 'string', index: 'number' },
}

const DOCUMENT = { cited_text: 'string', document_index: 'number', document_title: 'string?' } as const

const CITATIONS: Kinds = {
  char_location: { ...DOCUMENT, start_char_index: 'number', end_char_index: 'number' },
  page_location: { ...DOCUMENT, start_page_number: 'number', end_page_number: 'number' },
  content_block_location: { ...DOCUMENT, start_block_index: 'number', end_block_index: 'number' },
  web_search_result_location: {
    cited_text: 'string',
    encrypted_index: 'string',
    title: 'string?',
    url: 'string',
  },
  search_result_location: {
    cited_text: 'string',
    search_result_index: 'number',
    source: 'string',
    title: 'string?',
    start_block_index: 'number',
    end_block_index: 'number',
  },
}

function fits(item: JsonObject, kinds: Kinds): boolean {
  const { type } = item
  const fields = typeof type === 'string' && Object.hasOwn(kinds, type) ? kinds[type] : undefined
  if (!fields) return false
  return Object.entries(fields).every(
    ([key, kind]) => typeof item[key] === kind.replace('?', '') || (kind === 'string?' && item[key] === null),
  )
}
