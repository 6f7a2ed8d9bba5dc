import { setImmediate as endOfTurn } from 'node:timers'
import type pg from 'pg'
import { StaleOrganisation } from '#http/operation.ts'
import { readAccess } from '#metering/access.store.ts'
import type { Access } from '#metering/access.ts'

const largestRead = 200

type Asked = {
  readonly reference: string
  readonly resolve: (access: Access) => void
  readonly reject: (error: unknown) => void
}

/**
 * Reads access for concurrent requests of one organisation in one statement: those that arrive in the same turn of the event
 * loop share it. A request never joins a statement that was sent before it arrived, so every answer reads its own writes.
 */
export class AccessReader {
  readonly #pool: pg.Pool
  readonly #asked = new Map<string, Asked[]>()

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  /** What the database says about a customer now. Throws StaleOrganisation when the side is gone. */
  read(orgId: string, reference: string): Promise<Access> {
    return new Promise((resolve, reject) => {
      const asked = this.#asked.get(orgId)
      if (asked) {
        asked.push({ reference, resolve, reject })
        return
      }
      this.#asked.set(orgId, [{ reference, resolve, reject }])
      endOfTurn(() => this.#send(orgId))
    })
  }

  #send(orgId: string): void {
    const asked = this.#asked.get(orgId) ?? []
    this.#asked.delete(orgId)
    for (let at = 0; at < asked.length; at += largestRead) void this.#answer(orgId, asked.slice(at, at + largestRead))
  }

  async #answer(orgId: string, asked: readonly Asked[]): Promise<void> {
    try {
      const references = [...new Set(asked.map(({ reference }) => reference))]
      const answers = await readAccess(this.#pool, orgId, references)
      if (!answers) throw new StaleOrganisation()
      const byReference = new Map(references.map((reference, index) => [reference, answers[index]]))
      for (const { reference, resolve, reject } of asked) {
        const access = byReference.get(reference)
        if (access) resolve(access)
        else reject(new Error(`no answer for ${reference}`))
      }
    } catch (error) {
      for (const { reject } of asked) reject(error)
    }
  }
}
