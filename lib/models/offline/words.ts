// Words as the offline model sees them: split, lower case, cut to a stem, related by a short list of groups.
// One stemmer serves requests, tool names, parameters and results, so it need only agree with itself.

/** A word of a text with the place where it stands. */
export interface Word {
  readonly stem: string
  readonly raw: string
  readonly start: number
  readonly end: number
}

/** The words of a text in order, with offsets into it. Stop words are included. */
export function wordsOf(text: string): Word[] {
  const found: Word[] = []
  for (const match of text.matchAll(/[\p{L}\p{N}]+(?:['’](?=t\b)t)?/gu)) {
    const raw = match[0]
    found.push({ raw, stem: stem(raw.toLowerCase()), start: match.index, end: match.index + raw.length })
  }
  return found
}

/** Stems of an identifier: `lookupOrder`, `lookup_order` and `lookup-order` give the same two. */
export function namesOf(identifier: string): string[] {
  const spaced = identifier
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, '$1 $2')
    .replaceAll('_', ' ')
  return wordsOf(spaced).map((word) => word.stem)
}

/** The stems of a text that carry meaning, each once, in order of appearance. */
export function contentOf(text: string): string[] {
  return [...new Set(wordsOf(text).map((word) => word.stem))].filter((stem) => !isStop(stem))
}

/** Common plurals that no rule finds. */
const PLURALS = new Map([
  ['feet', 'foot'],
  ['teeth', 'tooth'],
  ['children', 'child'],
  ['men', 'man'],
  ['women', 'woman'],
  ['mice', 'mouse'],
])

/** Lower-case word to stem: plurals, -ing, -ed, -ion, -ment, final e. Not a linguist's stem. */
export function stem(said: string): string {
  const word = PLURALS.get(said) ?? said
  if (word.length < 4) return word === 'ids' ? 'id' : word
  let cut = word.replace(/(?:([^aeiou])ies|(ss|sh|ch|x|z)es|([^su])s)$/, (_, y, es, s) =>
    y ? `${y}y` : (es ?? s),
  )
  cut = cut.replace(/(?<=[\p{L}]{3})(?:ation|ions?|ings?|ments?|ed|ers?|ors?)$/u, '')
  cut = cut.replace(/([bdgmnprt])\1$/, '$1').replace(/(?<=[\p{L}]{3})(?:at)?e$/u, '')
  return cut.replace(/(?<=\p{L}{3})at$/u, '').replace(/(?<=\p{L}{3})(?:y|i[sz]?)$/u, '')
}

export const isStop = (stem: string): boolean => STOP.has(stem)

/** Words so common in tool names that alone they choose nothing. */
export const isWeak = (stem: string): boolean => WEAK.has(stem)

/** The stems that may stand for this one, itself not among them. */
export const relatedTo = (stem: string): readonly string[] => RELATED.get(stem) ?? []

export const isAlike = (a: string, b: string): boolean => a === b || relatedTo(a).includes(b)

const stems = (list: string) => list.split(' ').map(stem)

const STOP = new Set(
  stems(
    'a an the this that these those it its of in on at by for from to into with without about as is are was were be ' +
      'been am do does did doing done has have had having can could will would shall should may might must i me my mine ' +
      'we us our you your yours he she him her his they them their there here what which who whom whose when where why ' +
      'how and or but if then else so not no yes please just also too very really some any each every than like want need ' +
      'know tell give let lets s t d ll ve re m tool using use used via per based given such e g etc one say says said',
  ),
)

const WEAK = new Set(
  stems(
    'get fetch retrieve read load list show display find search lookup look up query create add make new open ' +
      'generate run set update change start stop current information info data detail result value name id ids number ' +
      'user input output text string item thing object all type return call help work today now good best',
  ),
)

const GROUPS =
  'get fetch retrieve load read|list show display|find search lookup look query locate|delete remove erase|' +
  'create add make new build|generate draw make produce design create|add sum plus total|subtract minus|' +
  'multiply times|divide divided|calculate compute calculator calc math evaluate arithmetic expression|' +
  'update change edit modify|send email mail message notify|book reserve reservation appointment|' +
  'buy purchase|price cost fee|pay charge payment|ticket issue bug|' +
  'weather forecast temperature rain rainy sunny snow hot cold warm umbrella wind climate|' +
  'coordinates latitude lat|coordinates longitude lon lng|geocode coordinates location|temperature temp|quantity qty|' +
  'location city place town where|analyze analysis analyse|compare comparison versus vs difference|' +
  'summarize summary sum tldr|translate translation|convert conversion|diagram chart mermaid|kubernetes k8s microservices|' +
  'document doc docs documentation|image picture photo|phone telephone mobile|person people guest|todo task|' +
  'remember memory recall save store note|message msg|address addr|limit count max top first|roll dice die|clock time'

const RELATED = new Map<string, string[]>()
for (const group of GROUPS.split('|').map(stems)) {
  for (const member of group) {
    RELATED.set(member, [...(RELATED.get(member) ?? []), ...group.filter((other) => other !== member)])
  }
}
