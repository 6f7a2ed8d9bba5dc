import type { Db } from '#database/transaction.ts'
import { type KeyUse, noteKeyUses } from '#organisations/api-keys.store.ts'
import type { Clock } from '#time/clock.ts'

/**
 * Remembers which keys were used and writes it down now and then: no request waits for it, and what a killed process had not
 * written yet is lost without harm.
 */
export class KeyUses {
  readonly #db: Db
  readonly #now: Clock
  readonly #waiting = new Map<string, KeyUse>()

  constructor(db: Db, now: Clock) {
    this.#db = db
    this.#now = now
  }

  /** Told at every authenticated request. */
  notice(orgId: string, keyId: string): void {
    if (!this.#waiting.has(keyId)) this.#waiting.set(keyId, { orgId, keyId, at: this.#now() })
  }

  /** Writes what was noticed since the last time. Call it every few seconds, and once at the end. */
  async write(): Promise<void> {
    const uses = [...this.#waiting.values()].sort((one, other) => (one.keyId < other.keyId ? -1 : 1))
    this.#waiting.clear()
    await noteKeyUses(this.#db, uses)
  }
}
