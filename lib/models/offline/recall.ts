import type { Conversation } from './conversation.ts'
import { isStatement } from './talk.ts'
import { contentOf } from './words.ts'

/** "Your name is Ada." for "what is my name?", if the user said so; undefined for all other questions. */
export function recallExactly(conversation: Conversation): string | undefined {
  const { request } = conversation.turn
  const asked =
    /\b(?:what|who|when|which)(?: (?:is|are|was|were)|['’]s) my (.+?)\s*(?:again|called)?[?.!]*$/i.exec(
      request,
    )?.[1]
  const about =
    asked ??
    (/\bwho am i\b|\bdo you (?:know|remember) (?:my name|me|who i am)\b/i.test(request) ? 'name' : undefined)
  if (!about) return undefined
  const key = contentKey(about)
  const said = statementsOf(conversation).find((sentence) => {
    const told =
      /\bmy (.+?) (?:is|are|was)\b/i.exec(sentence)?.[1] ??
      (/\b(?:call me|i am|i['’]m)\s+\p{Lu}/iu.test(sentence) ? 'name' : '')
    return contentKey(told) === key && (key !== 'nam' || !/\b(?:i am|i['’]m)\s+\p{Ll}/u.test(sentence))
  })
  return said && told(key === 'nam' ? said.replace(/\b(?:call me|i am|i['’]m)\s+/i, 'my name is ') : said)
}

/** What the user said that has most to do with a question about themselves or the talk; undefined if nothing has. */
export function recall(conversation: Conversation): string | undefined {
  const exact = recallExactly(conversation)
  const { request } = conversation.turn
  if (exact || !/\?|^\W*(?:what|who|where|when|which|do|did|am|have|remind|tell)\b/i.test(request))
    return exact
  const last = conversation.turns.at(-1)
  if (last && /\bwhat did i (?:just )?(?:say|ask|write)\b|\bmy last (?:message|question)\b/i.test(request)) {
    return `You said: “${last.request.trim()}”`
  }
  if (!/\b(?:i|me|my|mine|we|our)\b/i.test(request)) return undefined
  const words = contentOf(request)
  const scored = statementsOf(conversation)
    .map((sentence) => ({
      sentence,
      score: contentOf(sentence).filter((stem) => words.includes(stem)).length,
    }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
  return scored[0] && told(scored[0].sentence)
}

/** The reply to a statement: it is taken note of, in the second person. */
export function acknowledge(request: string): string | undefined {
  if (!isStatement(request)) return undefined
  const sentence = sentencesOf(request).find((one) => isStatement(one))
  return `Noted: ${(sentence ? told(sentence) : 'I will keep that in mind.').replace(/^You/, 'you')}`
}

/** Statements of the user, newest first, then those of the system message (a memory may stand there). */
function statementsOf({ turns, system }: Conversation): string[] {
  const own = turns.flatMap(({ request }) => sentencesOf(request)).toReversed()
  // A working memory of fields is shown as JSON.
  const noted = system.replaceAll(/^ +"(\w+)": "(.+)",?$/gm, 'My $1 is $2.')
  return [...own, ...sentencesOf(noted)].filter((sentence) => isStatement(sentence))
}

/** What a request tells of the user, sentence by sentence. */
export const statementsIn = (request: string): string[] =>
  sentencesOf(request).filter((sentence) => isStatement(sentence))

const sentencesOf = (text: string): string[] =>
  text
    .split(/(?<=[.!?])\s+|\n+|,?\s+(?:and|but)\s+(?=(?:my|I)\s)/)
    .map((sentence) => sentence.replace(/^\W*(?:(?:hi|hello|hey|please|remember(?: that)?)[,!. ]+)*/i, ''))
    .filter(Boolean)

/** First person to second: "my name is Ada" is "Your name is Ada." */
function told(sentence: string): string {
  const swapped = sentence
    .replace(/\bI am\b|\bI['’]m\b/gi, 'you are')
    .replace(/\bI was\b/gi, 'you were')
    .replace(/\bI['’]ve\b/gi, 'you have')
    .replace(/\bmyself\b/gi, 'yourself')
    .replace(/\bmine\b/gi, 'yours')
    .replace(/\bmy\b/gi, 'your')
    .replace(/\b(?:I|me)\b/g, 'you')
    .replace(/[.!\s]*$/, '.')
  return swapped.charAt(0).toUpperCase() + swapped.slice(1)
}

const contentKey = (text: string): string => contentOf(text).sort().join(' ')
