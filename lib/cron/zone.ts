const formats = new Map<string, Intl.DateTimeFormat>()

/** Whether there is a time zone of that name (IANA). */
export function isZone(zone: string): boolean {
  try {
    formatOf(zone)
    return true
  } catch {
    return false
  }
}

/** How far a zone's clock is ahead of UTC at a moment, in milliseconds. */
export function offsetAt(zone: string, time: number): number {
  const name = formatOf(zone)
    .formatToParts(time)
    .find(({ type }) => type === 'timeZoneName')?.value
  // GMT, GMT+05:30, and of old times GMT-04:56:02.
  const [, sign, hours = 0, minutes = 0, seconds = 0] = /([+-])(\d+):(\d+)(?::(\d+))?/.exec(name ?? '') ?? []
  const length = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
  return sign === '-' ? -length : length
}

/** The moment between two, whose clocks differ, from which on the clock is no longer what it was at the first. */
export function turnOf(zone: string, from: number, to: number): number {
  const offset = offsetAt(zone, from)
  let low = Math.floor(from / 1000)
  let high = Math.ceil(to / 1000)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(zone, middle * 1000) === offset) low = middle
    else high = middle
  }
  return high * 1000
}

/** To make one costs far more than to ask it. */
function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' })
  // Names come from callers.
  if (formats.size >= 100) formats.clear()
  formats.set(zone, made)
  return made
}
