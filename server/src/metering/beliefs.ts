import type { Access } from '#metering/access.ts'
import type { AccessReader } from '#metering/access-reader.ts'

const mostRemembered = 20_000

/** What is believed of a customer; `isFresh` when it was read for this very request. */
export type Belief = { readonly access: Access; readonly isFresh: boolean }

/**
 * What this process last read of each customer. A belief is only good for deciding what to try: the statement that records
 * usage compares versions and epochs, and refusals are made from fresh ones alone.
 */
export class Beliefs {
  readonly #reader: AccessReader
  readonly #known = new Map<string, Access>()

  constructor(reader: AccessReader) {
    this.#reader = reader
  }

  /** What is believed of a customer at a version of their side; read now when nothing is, or something older. */
  async of(orgId: string, version: bigint, reference: string): Promise<Belief> {
    const known = this.#known.get(keyOf(orgId, reference))
    if (known?.version === version) return { access: known, isFresh: false }
    return { access: await this.refresh(orgId, reference), isFresh: true }
  }

  /** Reads anew. Customers without access are not remembered: nothing can be tried for them. */
  async refresh(orgId: string, reference: string): Promise<Access> {
    const key = keyOf(orgId, reference)
    this.#known.delete(key)
    const access = await this.#reader.read(orgId, reference)
    if (access.subscription) this.#remember(key, access)
    return access
  }

  #remember(key: string, access: Access): void {
    const [oldest] = this.#known.keys()
    if (this.#known.size >= mostRemembered && oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(key, access)
  }
}

function keyOf(orgId: string, reference: string): string {
  return `${orgId} ${reference}`
}
