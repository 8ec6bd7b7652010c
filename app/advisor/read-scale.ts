/** What a text says of the load, in numbers. Of each figure the last one said holds. */
export interface Scale {
  readonly dailyUsers?: number
  readonly peakRps?: number
  readonly dataGb?: number
  /** How the figures were read, for the reader to check. */
  readonly notes: readonly string[]
}

/** Reads users, requests and data from a text: "1.5M users", "500 requests/s", "20 TB", "a startup". */
export function readScale(text: string): Scale {
  const users = readUsers(text) ?? readWords(text)
  const rps = readRate(text)
  const data = readData(text)
  const notes = [users?.note, rps?.note, data?.note].filter((note) => note !== undefined)
  return {
    ...(users && { dailyUsers: users.value }),
    ...(rps && { peakRps: rps.value }),
    ...(data && { dataGb: data.value }),
    notes,
  }
}

interface Figure {
  readonly value: number
  readonly note?: string
}

const LARGEST = 10_000_000_000

const MULTIPLES: { readonly [word: string]: number } = {
  k: 1e3,
  thousand: 1e3,
  lakh: 1e5,
  m: 1e6,
  mn: 1e6,
  mio: 1e6,
  million: 1e6,
  crore: 1e7,
  b: 1e9,
  bn: 1e9,
  billion: 1e9,
}

const NUMBER = String.raw`(?<![\w.,$€£])(\d{1,3}(?:[ ,.']\d{3})+(?!\d)|\d+(?:[.,]\d+)?)\s?(${Object.keys(MULTIPLES).join('|')})?`

/** The same where no unit is written right behind it. */
const COUNT = String.raw`${NUMBER}\+?(?![\w%])`

/** The number that a match of {@link NUMBER} says; "1,5M" and "1.5M" are one. */
function amountOf(digits = '', multiple = ''): number {
  const plain = /^\d{1,3}(?:[ ,.']\d{3})+$/.test(digits) && !(multiple && /^\d{1,3}[,.]\d{3}$/.test(digits))
  const value = Number(plain ? digits.replace(/[ ,.']/g, '') : digits.replace(',', '.'))
  return Math.min(LARGEST, value * (MULTIPLES[multiple.toLowerCase()] ?? 1))
}

const PEOPLE =
  'users?|customers?|people|riders?|drivers?|passengers?|patients?|subscribers?|members?|players?|students?|viewers?|listeners?|visitors?|shoppers?|buyers?|sellers?|merchants?|accounts?|devices?|sensors?|meters?|clients?|employees?|maus?|daus?|downloads'

/** A share of those counted that is there on a day. */
const SHARES: readonly (readonly [RegExp, number, string])[] = [
  [/\b(?:daily|dau|a day|per day|each day)\b/i, 1, ''],
  [/\b(?:monthly|mau|a month|per month)\b/i, 0.3, 'Of monthly users three in ten were counted as daily'],
  [
    /\b(?:concurrent|simultaneous|at once|at the same time|online)\b/i,
    10,
    'Of daily users one in ten was taken to be there at once',
  ],
  [
    /\b(?:registered|total|downloads|accounts)\b/i,
    0.2,
    'Of registered users one in five was counted as daily',
  ],
  [/\b(?:devices?|sensors?|meters?)\b/i, 1, 'Each device was counted as a user'],
]

function readUsers(text: string): Figure | undefined {
  const said = new RegExp(
    String.raw`${COUNT}\s+((?:(?!per\b|and\b|or\b|in\b|with\b|for\b)[\p{L}-]+\s+){0,3}?(?:${PEOPLE}))\b(?=(.{0,18}))`,
    'giu',
  )
  const after = new RegExp(
    String.raw`\b(?:users|dau|mau|customers|devices)\s*(?::|=|of|to)\s*${COUNT}`,
    'giu',
  )
  const found = [
    ...[...text.matchAll(said)].map((match) => ({
      at: match.index,
      value: amountOf(match[1], match[2]),
      words: `${match[3]} ${match[4]?.split(/[,.;]/)[0]}`,
    })),
    ...[...text.matchAll(after)].map((match) => ({
      at: match.index,
      value: amountOf(match[1], match[2]),
      words: match[0],
    })),
  ].sort((a, b) => a.at - b.at)
  const last = found.findLast(({ value }) => value > 0)
  return last && asDaily(last.value, last.words)
}

function asDaily(value: number, words: string): Figure {
  const [, share = 1, note = ''] = SHARES.find(([pattern]) => pattern.test(words)) ?? [
    undefined,
    1,
    'Users were counted as daily users',
  ]
  return { value: Math.min(LARGEST, Math.max(1, Math.round(value * share))), ...(note && { note }) }
}

/** Scales that are said without a number; the larger first. */
const WORDS: readonly (readonly [RegExp, number, string])[] = [
  [/\bhundreds of millions\b/gi, 300_000_000, 'hundreds of millions'],
  [/\b(?:tens|dozens) of millions\b/gi, 30_000_000, 'tens of millions'],
  [/(?<!of )\bmillions\b/gi, 3_000_000, 'millions'],
  [/\b(?:a|one) million\b/gi, 1_000_000, 'a million'],
  [/\bhundreds of thousands\b/gi, 300_000, 'hundreds of thousands'],
  [/\btens of thousands\b/gi, 30_000, 'tens of thousands'],
  [/(?<!of )\bthousands\b/gi, 3_000, 'thousands'],
  [/\b(?:few )?hundreds?(?! of)\b/gi, 300, 'hundreds'],
  [/\b(?:enterprise|nation-?wide|large[- ]scale|massive|huge)\b/gi, 500_000, 'a large scale'],
  [
    /\b(?:startup|start-up|mvp|prototype|side project|hobby|small(?:[- ]scale)?(?! (?:team|budget)))\b/gi,
    2_000,
    'a beginning',
  ],
]

function readWords(text: string): Figure | undefined {
  const found = WORDS.flatMap(([pattern, value, name]) =>
    [...text.matchAll(pattern)].map(({ index }) => ({ index, value, name })),
  )
  // Plain quantities rank above words such as "startup", wherever they stand.
  const counted = found.filter(({ name }) => !/^a (?:large scale|beginning)$/.test(name))
  const last = (counted.length > 0 ? counted : found).toSorted((a, b) => a.index - b.index).at(-1)
  return (
    last && {
      value: last.value,
      note: `“${last.name}” was read as ${last.value.toLocaleString('en-US')} daily users`,
    }
  )
}

const SECONDS: { readonly [unit: string]: number } = { s: 1, m: 60, h: 3600, d: 86_400 }

function readRate(text: string): Figure | undefined {
  const rate = new RegExp(
    String.raw`${COUNT}\s*(?:(?:rps|qps|tps)\b|(?:[\p{L}-]+\s+)?(?:requests?|reqs?|calls?|queries|transactions?|orders?|messages?|events?|readings?|writes?|reads?|rides?|trips?)\s*(?:/|per|a|an|each|every)\s*(s|sec|seconds?|min|minutes?|h|hours?|d|days?)\b)`,
    'giu',
  )
  const last = [...text.matchAll(rate)].findLast(([, digits, multiple]) => amountOf(digits, multiple) > 0)
  if (!last) return undefined
  const unit = (last[3] ?? 's').charAt(0).toLowerCase()
  const mean = amountOf(last[1], last[2]) / (SECONDS[unit] ?? 1)
  // A rate by the second is a peak; what is counted by the day is spread over it, with a peak of four.
  const value = Math.max(1, Math.round(unit === 's' ? mean : mean * 4))
  return {
    value,
    ...(unit !== 's' && { note: 'The rate was spread over its time, with a peak of four times the mean' }),
  }
}

const GIGABYTES: { readonly [unit: string]: number } = { m: 1 / 1024, g: 1, t: 1024, p: 1024 ** 2 }

function readData(text: string): Figure | undefined {
  const data = new RegExp(
    String.raw`${NUMBER}\s?(mb|gb|tb|pb|megabytes?|gigabytes?|terabytes?|petabytes?)\b(?!\s*(?:/|per\b|each\b|a file|files?\b|uploads?\b|(?:of )?ram\b|(?:of )?memory\b))`,
    'giu',
  )
  const last = [...text.matchAll(data)].findLast(([, digits, multiple]) => amountOf(digits, multiple) > 0)
  if (!last) return undefined
  const factor = GIGABYTES[(last[3] ?? 'g').charAt(0).toLowerCase()] ?? 1
  return { value: Math.min(LARGEST, Math.max(1, Math.round(amountOf(last[1], last[2]) * factor))) }
}
