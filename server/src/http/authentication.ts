import { createHash } from 'node:crypto'
import type { RateLimiter } from '#http/rate-limit.ts'
import type { Org } from '#organisations/org.ts'
import { Problem } from '#problem.ts'

/** Who calls: a key of one side of an organisation. `digest` is hexadecimal. */
export type Caller = {
  readonly org: Org
  readonly keyId: string
  readonly digest: string
  readonly expiresAt: Temporal.Instant | null
}

/** Reads a key's caller from the database; undefined for unknown and deleted keys. Given by the organisations domain. */
export type FindCaller = (digest: Buffer) => Promise<Caller | undefined>

const keyForm = /^ck_(test|live)_[0-9A-Za-z]{32,200}$/
const rememberedCallers = 10_000

/** Turns `x-api-key` into a caller. Failures are limited per address; a valid key never is by others' failures. */
export class Authenticator {
  readonly #find: FindCaller
  readonly #failures: RateLimiter
  readonly #now: () => Temporal.Instant
  readonly #known = new Map<string, Caller>()

  constructor(find: FindCaller, failures: RateLimiter, now: () => Temporal.Instant) {
    this.#find = find
    this.#failures = failures
    this.#now = now
  }

  /** The caller, read from the database now. 401 `unauthorized` without a key that is valid at this moment. */
  async authenticate(header: string | undefined, address: string): Promise<Caller> {
    const digest = this.#digest(header, address)
    const caller = await this.#find(digest)
    if (!caller || this.#isExpired(caller)) {
      this.#known.delete(digest.toString('hex'))
      return this.#refuse(address, 'This API key is unknown, expired or was deleted.')
    }
    this.#remember(caller)
    return caller
  }

  /**
   * The caller as last seen by this process, without a round trip: only for operations that compare the organisation's
   * version in their own statement, as deleting a key moves that version.
   */
  async recall(header: string | undefined, address: string): Promise<Caller> {
    const known = this.#known.get(this.#digest(header, address).toString('hex'))
    return known && !this.#isExpired(known) ? known : this.authenticate(header, address)
  }

  #isExpired(caller: Caller): boolean {
    return caller.expiresAt !== null && Temporal.Instant.compare(caller.expiresAt, this.#now()) <= 0
  }

  #digest(header: string | undefined, address: string): Buffer {
    if (header === undefined || header === '')
      this.#refuse(address, 'An API key is required: send it in the header x-api-key.')
    if (!keyForm.test(header)) this.#refuse(address, 'This is not an API key: keys begin with ck_test_ or ck_live_.')
    return digestKey(header)
  }

  #remember(caller: Caller): void {
    if (this.#known.size >= rememberedCallers) this.#known.clear()
    this.#known.set(caller.digest, caller)
  }

  #refuse(address: string, message: string): never {
    this.#failures.take(address, performance.now())
    throw new Problem('unauthorized', message)
  }
}

/** What is stored of an API key. */
export function digestKey(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
