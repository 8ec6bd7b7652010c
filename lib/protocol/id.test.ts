import { expect, it } from 'vitest'
import { randomId } from './id.ts'

it('makes ids of a prefix and 20 characters that are safe in URLs', () => {
  expect(randomId('run')).toMatch(/^run_[0-9a-z]{20}$/)
})

it('never makes one id twice, and uses every letter about as often', () => {
  const made = Array.from({ length: 5000 }, () => randomId('a'))
  expect(new Set(made).size).toBe(made.length)
  const counts = new Map<string, number>()
  for (const letter of made.map((id) => id.slice(2)).join(''))
    counts.set(letter, (counts.get(letter) ?? 0) + 1)
  const mean = 100_000 / 36
  expect(counts.size).toBe(36)
  // Six standard deviations: a letter favoured by the modulus would be 14 % off, which is seven.
  expect([...counts].filter(([, count]) => Math.abs(count - mean) > 6 * Math.sqrt(mean))).toEqual([])
})
