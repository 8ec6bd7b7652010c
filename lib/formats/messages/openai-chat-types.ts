/** The messages of OpenAI's chat completions, as far as we write them. */
export type ChatMessage =
  | { role: 'system'; content: string }
  | { role: 'user'; content: string | ChatContent[] }
  | ChatAnswer
  | { role: 'tool'; tool_call_id: string; content: string }

export interface ChatAnswer {
  role: 'assistant'
  content: string | (ChatText | ChatRefusal)[] | null
  tool_calls?: ChatCall[]
}

export type ChatText = { type: 'text'; text: string }
export type ChatRefusal = { type: 'refusal'; refusal: string }
export type ChatContent =
  | ChatText
  | { type: 'image_url'; image_url: { url: string; detail?: 'auto' | 'low' | 'high' } }
  | { type: 'input_audio'; input_audio: { data: string; format: 'wav' | 'mp3' } }
  | { type: 'file'; file: { filename: string; file_data: string } }

export interface ChatCall {
  id: string
  type: 'function'
  function: { name: string; arguments: string }
}
