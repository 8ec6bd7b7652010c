import { beforeEach, describe, expect, it } from 'vitest'
import type { EventLog } from '../../lib/log/event-log.ts'
import type { LogRow } from '../../lib/log/row.ts'

/** What every log must do. `create` gives an empty one. */
export function eventLogContract(create: () => EventLog): void {
  let log: EventLog
  beforeEach(() => {
    log = create()
  })

  describe('readAfter', () => {
    it('gives nothing of an empty log', () => {
      expect(log.readAfter({ generation: 0, attempt: 0, position: 0 }, 10)).toEqual([])
    })

    it('gives the rows that hold anything after the offset, oldest first', () => {
      const rows = [
        row(1, 0, 0, 1),
        row(1, 1, 0, 5),
        row(1, 1, 5, 9),
        row(1, 2, 0, 3),
        row(2, 0, 0, 1),
        row(10, 1, 0, 2),
      ]
      log.append(rows.slice(0, 2))
      log.append(rows.slice(2))
      const after = (generation: number, attempt: number, position: number): LogRow[] =>
        log.readAfter({ generation, attempt, position }, 100)
      expect(after(0, 0, 0)).toEqual(rows)
      expect(after(1, 0, 0)).toEqual(rows)
      expect(after(1, 0, 1)).toEqual(rows.slice(1))
      expect(after(1, 1, 4)).toEqual(rows.slice(1))
      expect(after(1, 1, 5)).toEqual(rows.slice(2))
      expect(after(1, 1, 8)).toEqual(rows.slice(2))
      expect(after(1, 1, 9)).toEqual(rows.slice(3))
      expect(after(1, 7, 100)).toEqual(rows.slice(4))
      expect(after(2, 0, 1)).toEqual(rows.slice(5))
      expect(after(10, 1, 2)).toEqual([])
    })

    it('gives at most as many as were asked for, the oldest', () => {
      const rows = [row(1, 0, 0, 1), row(1, 1, 0, 5), row(1, 1, 5, 9)]
      log.append(rows)
      expect(log.readAfter({ generation: 0, attempt: 0, position: 0 }, 2)).toEqual(rows.slice(0, 2))
    })

    it('gives a row whole, however long its body is', () => {
      // Around the length of a piece, and with a pair of surrogates across its edge.
      const lengths = [499_999, 500_000, 500_001, 1_200_000]
      const rows = lengths.map((length, i) => row(1, i, 0, 1, `${'x'.repeat(length - 1)}😀${'é'.repeat(i)}`))
      log.append(rows)
      for (const limit of [1, 2, 3, 4, 5, 100]) {
        const found = log.readAfter({ generation: 0, attempt: 0, position: 0 }, limit)
        expect(found.length).toBeGreaterThan(0)
        expect(found.length).toBeLessThanOrEqual(limit)
        expect(found).toEqual(rows.slice(0, found.length))
      }
    })

    it('gives a row with an empty body', () => {
      log.append([row(1, 0, 0, 1, ''), row(1, 0, 1, 2)])
      expect(log.readAfter({ generation: 1, attempt: 0, position: 0 }, 5)).toEqual([
        row(1, 0, 0, 1, ''),
        row(1, 0, 1, 2),
      ])
    })
  })

  it('readGenerations gives all rows of the generations named, oldest first, and no others', () => {
    const rows = [row(1, 0, 0, 1), row(2, 1, 0, 3, 'x'.repeat(600_000)), row(2, 2, 0, 2), row(3, 0, 0, 4)]
    log.append(rows)
    expect(log.readGenerations([2])).toEqual([rows[1], rows[2]])
    expect(log.readGenerations([1, 3])).toEqual([rows[0], rows[3]])
    expect(log.readGenerations([])).toEqual([])
    expect(log.readGenerations([7])).toEqual([])
  })

  it('dropAttempt removes the rows of that attempt alone, and hasAttempt tells', () => {
    const rows = [row(1, 1, 0, 5), row(1, 1, 5, 9), row(1, 2, 0, 3), row(2, 1, 0, 1)]
    log.append(rows)
    expect([log.hasAttempt(1, 1), log.hasAttempt(2, 1), log.hasAttempt(2, 2)]).toEqual([true, true, false])
    log.dropAttempt(1, 1)
    log.dropAttempt(5, 5)
    expect([log.hasAttempt(1, 1), log.hasAttempt(2, 1)]).toEqual([false, true])
    expect(log.readAfter({ generation: 0, attempt: 0, position: 0 }, 10)).toEqual(rows.slice(2))
  })
}

function row(
  generation: number,
  attempt: number,
  start: number,
  end: number,
  body = `${start}-${end}`,
): LogRow {
  return { turn: generation * 7, generation, attempt, start, end, body }
}
