import type { Profile } from './choose.ts'
import { sentenceOf } from './labels.ts'

// What is said without tools: small talk, and what this model is.

const OF_ITSELF =
  'I am the offline model: no language model is configured, so I choose tools by the words of a request and write ' +
  "answers from their results. Set a provider's API key to talk to a real one."

const TALK: readonly (readonly [RegExp, string | ((tools: readonly Profile[]) => string)])[] = [
  [
    /^(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day))(?: there| all| everyone| again)?$/,
    'Hello! What can I do for you?',
  ],
  [
    /^(?:(?:ok|okay|great|perfect|cool|nice),? )?(?:many )?(?:thanks|thank you|thx|cheers)(?: you)?(?: (?:so|very) much| a lot| again| for .*)?$/,
    "You're welcome!",
  ],
  [/^(?:bye|goodbye|good night|see you(?: later| soon)?|ciao)$/, 'Goodbye!'],
  [
    /^(?:ok|okay|great|perfect|cool|nice|good|yes|no|sure|alright|fine|got it|i see|sounds good|never ?mind)$/,
    'All right. Tell me if there is anything else.',
  ],
  [/^how are you(?: (?:doing|today))*$|^how is it going$/, 'All well here. What can I do for you?'],
  [
    /\b(?:who|what) are you\b|\bare you (?:an? )?(?:ai|bot|human|real|llm|chatgpt|gpt|language model|model|robot|person)\b|\b(?:which|what) (?:language )?(?:model|llm)\b.*\b(?:you|this|use)\b/,
    (tools) => `${OF_ITSELF}${able(tools)}`,
  ],
  [
    /^(?:help|help me|what can you do|what do you do|how can you help(?: me)?|what are you able to do|what tools do you have)$/,
    (tools) => able(tools).trim() || `${OF_ITSELF} This agent has no tools.`,
  ],
]

/** The reply to small talk, or to a question about the model itself; undefined for anything else. */
export function talkBack(request: string, tools: readonly Profile[]): string | undefined {
  const reply = TALK.find(([pattern]) => pattern.test(plain(request)))?.[1]
  return typeof reply === 'function' ? reply(tools) : reply
}

/** Whether a request is small talk, so that no tool is meant. */
export const isTalk = (request: string): boolean => TALK.some(([pattern]) => pattern.test(plain(request)))

/** Whether a request tells something of the user rather than asking: "my name is Ada", "I live in Oslo". */
export const isStatement = (request: string): boolean =>
  /^\W*(?:(?:hi|hello|hey|please|remember(?: that)?)[,!. ]+)*(?:my [\w' -]+ (?:is|are|was)|i am|i['’]m|i (?:live|work|like|love|prefer|hate|have|use|speak|was|play|study|own)|call me|we (?:are|use|have|live))\b/i.test(
    request,
  ) && !/\?/.test(request)

/** The honest reply when there is nothing to look up: what this is, what it understood, what the tools can do. */
export function fallback(request: string, tools: readonly Profile[]): string {
  const heard = request.replace(/\s+/g, ' ').trim()
  const short = heard.length > 160 ? `${heard.slice(0, 157)}...` : heard
  const gap = tools.length > 0 ? ', and none of the tools here matches it' : ''
  return `${OF_ITSELF}\n\n${short ? `I understood: “${short}”${gap}.` : 'There was no text to work with.'}${able(tools)}`
}

function able(tools: readonly Profile[]): string {
  if (tools.length === 0) return ''
  const list = tools.slice(0, 12).map(({ name, description }) => {
    const does = description.split(/(?<=\.)\s|\n/)[0]?.replace(/\.$/, '') ?? ''
    return `- **${sentenceOf(name)}**${does ? `: ${does}` : ''}`
  })
  return `\n\nWith the tools of this agent I can:\n${list.join('\n')}`
}

const plain = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll('’', "'")
    .replace(/\b(what|who|how|it|that)'s\b/g, '$1 is')
    .replace(/[^\p{L}\p{N}' ]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
