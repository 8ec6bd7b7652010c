import { mentionsOf } from './mentions.ts'
import type { Mention } from './mentions.ts'

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const DAYS = 'sun mon tue wed thu fri sat'.split(' ')
const MONTH = String.raw`(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?`
const DATE = new RegExp(
  String.raw`\b\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?|` +
    String.raw`\b\d{1,2}(?:st|nd|rd|th)?(?: of)? ${MONTH}(?:,? \d{4})?\b|` +
    String.raw`\b${MONTH} \d{1,2}(?:st|nd|rd|th)?\b(?:,? \d{4}\b)?|` +
    String.raw`\b(?:the day after tomorrow|today|tonight|tomorrow|yesterday|in (?:a|\d+) (?:days?|weeks?))\b|` +
    String.raw`\b(?:(?:next|this|on) )?(?:sun|mon|tues?|wednes|thurs?|fri|satur)day\b`,
  'gi',
)

/** Dates and days as the text words them: `2026-12-24`, `24 December`, `tomorrow`, `next Friday`. */
export const datesIn = (text: string): Mention[] => mentionsOf(text, DATE)

/**
 * The wording as an ISO date, or undefined. There is no clock here: `today` is the first ISO date of
 * `context` (a system message that says what day it is), and without one relative days stay unknown.
 */
export function toIsoDate(wording: string, context: string): string | undefined {
  const iso = /^\d{4}-\d\d-\d\d/.exec(wording)?.[0]
  if (iso) return iso
  const today = /\b\d{4}-\d\d-\d\d\b/.exec(context)?.[0]
  const lower = wording.toLowerCase()
  const month = MONTHS.findIndex((name) => new RegExp(String.raw`\b${name}`).test(lower))
  if (month >= 0 && /\d/.test(lower)) {
    const year = /\b\d{4}\b/.exec(lower)?.[0] ?? today?.slice(0, 4)
    const day = /\b\d{1,2}(?!\d)/.exec(lower)?.[0]
    return year && day ? `${year}-${pad(month + 1)}-${pad(Number(day))}` : undefined
  }
  return today && relative(lower, new Date(`${today}T00:00:00Z`))
}

/** A time of day as `HH:MM:SS`, from `7pm`, `7:30 am`, `19:30`. */
export function timeIn(text: string): string | undefined {
  const match = /\b(\d{1,2})(?::(\d\d))?(?::(\d\d))?\s*([ap])\.?m\b|\b(\d{1,2}):(\d\d)(?::(\d\d))?/i.exec(
    text,
  )
  if (!match) return undefined
  const hour = Number(match[1] ?? match[5])
  const shifted = match[4] ? (hour % 12) + (match[4].toLowerCase() === 'p' ? 12 : 0) : hour
  return `${pad(shifted)}:${match[2] ?? match[6] ?? '00'}:${match[3] ?? match[7] ?? '00'}`
}

function relative(wording: string, today: Date): string | undefined {
  const weekday = DAYS.findIndex((name) => new RegExp(String.raw`\b${name}\w*day\b`).test(wording))
  const ahead = /in (a|\d+) (day|week)/.exec(wording)
  let days = { today: 0, tonight: 0, tomorrow: 1, yesterday: -1, 'the day after tomorrow': 2 }[wording]
  if (weekday >= 0 && days === undefined) days = (weekday - today.getUTCDay() + 7) % 7 || 7
  if (ahead) days = (ahead[1] === 'a' ? 1 : Number(ahead[1])) * (ahead[2] === 'week' ? 7 : 1)
  if (days === undefined) return undefined
  return new Date(today.getTime() + days * 86_400_000).toISOString().slice(0, 10)
}

const pad = (value: number): string => String(value).padStart(2, '0')
