import type { Annotation } from './citations.ts'

/** The input items of OpenAI's responses, as far as we write them. */
export type ResponsesItem =
  | { role: 'system'; content: string }
  | { role: 'user'; content: ResponsesContent[] }
  | ResponsesAnswer
  | { role: 'assistant'; content: string; phase?: 'commentary' | 'final_answer' }
  | { type: 'function_call'; call_id: string; name: string; arguments: string; id?: string }
  | { type: 'function_call_output'; call_id: string; output: string | ResponsesContent[] }
  | ResponsesReasoning

/** What the model said, as the item that it was. */
export interface ResponsesAnswer {
  type: 'message'
  role: 'assistant'
  status: 'completed'
  id: string
  phase?: 'commentary' | 'final_answer'
  content: ResponsesWords[]
}

export type ResponsesWords =
  | { type: 'output_text'; text: string; annotations: Annotation[] }
  | { type: 'refusal'; refusal: string }

export interface ResponsesReasoning {
  type: 'reasoning'
  id: string
  summary: { type: 'summary_text'; text: string }[]
  encrypted_content?: string
}

export type ResponsesContent =
  | { type: 'input_text'; text: string }
  | { type: 'input_image'; image_url: string; detail: 'auto' | 'low' | 'high' | 'original' }
  | { type: 'input_file'; filename?: string; file_data: string }
  | { type: 'input_file'; file_url: string }
