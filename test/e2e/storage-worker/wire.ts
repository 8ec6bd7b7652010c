import type { Settled } from '../../../lib/storage/adapters/settled.ts'

/** A call of a port, on its way to where the adapter runs. */
export interface PortCall {
  port: 'documents' | 'keyValue' | 'vectors'
  shard: string
  method: string
  args: unknown[]
}

export type PortAnswer = Settled<unknown>

/** JSON, with what JSON cannot say: nothing, and numbers that are none. */
export function toWire(value: unknown): string {
  return JSON.stringify([value], (_key, item: unknown) => {
    if (item === undefined) return { $wire: 'undefined' }
    return typeof item === 'number' && !Number.isFinite(item) ? { $wire: String(item) } : item
  })
}

export function fromWire(text: string): unknown {
  const [value]: unknown[] = JSON.parse(text)
  return revive(value)
}

function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive)
  if (typeof value !== 'object' || value === null) return value
  if ('$wire' in value) return value.$wire === 'undefined' ? undefined : Number(value.$wire)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item)]))
}
