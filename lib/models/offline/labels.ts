const UNITS: { readonly [word: string]: string } = {
  c: '°C',
  celsius: '°C',
  f: '°F',
  fahrenheit: '°F',
  percent: '%',
  pct: '%',
  percentage: '%',
  km: 'km',
  kmh: 'km/h',
  kph: 'km/h',
  mph: 'mph',
  meters: 'm',
  metres: 'm',
  mm: 'mm',
  cm: 'cm',
  ms: 'ms',
  seconds: 's',
  secs: 's',
  minutes: 'min',
  mins: 'min',
  hours: 'h',
  days: 'days',
  kg: 'kg',
  kb: 'KB',
  mb: 'MB',
  gb: 'GB',
  usd: 'USD',
  eur: 'EUR',
  gbp: 'GBP',
  hpa: 'hPa',
}

/** The words of an identifier, lower case but for acronyms: `orderID` is "order ID". */
export function phraseOf(identifier: string): string {
  return identifier
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, '$1 $2')
    .split(/[\s_.-]+/)
    .filter(Boolean)
    .map((word) => (/^\p{Lu}{2,}$/u.test(word) ? word : word.toLowerCase()))
    .map((word) => (word === 'lookup' ? 'look up' : word))
    .map((word) => (/^(?:id|url|api|sku|iban|vat)$/.test(word) ? word.toUpperCase() : word))
    .join(' ')
}

/** The words of an identifier as a sentence begins: `getWeather` is "Get weather". The suffix `Tool` is dropped. */
export function sentenceOf(identifier: string): string {
  const phrase = phraseOf(identifier.replace(/[-_]?tool$/i, '') || identifier)
  return phrase.charAt(0).toUpperCase() + phrase.slice(1)
}

/** A label and the unit that the name carries: `temperatureC` is "Temperature" in °C. */
export function labelOf(key: string): { label: string; unit: string } {
  const words = phraseOf(key).split(' ')
  const unit = UNITS[words.at(-1)?.toLowerCase() ?? ''] ?? ''
  if (!unit) return { label: sentenceOf(key), unit }
  return {
    label: sentenceOf(words.length > 1 ? words.slice(0, -1).join(' ') : key),
    unit: unit === words[0] ? '' : unit,
  }
}

/** A title for what a tool gave: its name without the verb that only fetches. */
export function titleOf(toolName: string): string {
  const phrase = phraseOf(toolName.replace(/[-_]?tool$/i, '') || toolName)
  const noun = phrase.replace(
    /^(?:get|fetch|find|look ?up|lookup|list|search|show|read|retrieve|generate|create|make|current) (?=.)/,
    '',
  )
  return noun.charAt(0).toUpperCase() + noun.slice(1)
}
