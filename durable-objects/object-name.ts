import { NAME_HEADER } from '../lib/runtime/calls.ts'
import type { Platform } from '../lib/storage/platform.ts'
import { textOf } from '../lib/storage/sql.ts'

/**
 * What an object is called. Beyond a length the platform does not tell it: then whoever calls says it, and it is kept
 * for as long as an alarm is set, which says nothing.
 */
export class ObjectName {
  /** To be used in place of the one that was given. */
  readonly platform: Platform
  readonly #told: string | undefined
  #known: string | undefined

  constructor(told: string | undefined, platform: Platform) {
    this.#told = told
    this.platform = platform
    if (told !== undefined) return
    this.#known = this.#read()
    this.platform = {
      ...platform,
      setAlarm: (time) => {
        this.#keep()
        platform.setAlarm(time)
      },
    }
  }

  get value(): string {
    return this.#told ?? this.#known ?? ''
  }

  hear({ headers }: Request): void {
    this.#known ??= headers.get(NAME_HEADER) ?? undefined
  }

  /** It is kept nowhere where nothing is left to do: it may say whose the object was. */
  async forget(): Promise<void> {
    if (this.#told !== undefined || (await this.platform.getAlarm()) !== null) return
    if (this.#read() !== undefined) this.platform.sql.run('DROP TABLE name')
  }

  #keep(): void {
    const { sql } = this.platform
    if (this.#known === undefined) return
    sql.run('CREATE TABLE IF NOT EXISTS name (id INTEGER PRIMARY KEY, value TEXT)')
    sql.run('INSERT OR REPLACE INTO name (id, value) VALUES (1, ?)', this.#known)
  }

  #read(): string | undefined {
    const { sql } = this.platform
    if (sql.run(`SELECT 1 FROM sqlite_master WHERE name = 'name'`).length === 0) return undefined
    const [row] = sql.run('SELECT value FROM name')
    return row && textOf(row, 'value')
  }
}
