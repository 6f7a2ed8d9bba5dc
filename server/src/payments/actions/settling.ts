import { inTransaction } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { type Settle, settleAlone } from '#payments/actions/perform-attempt.ts'
import { type Answered, settleTogether } from '#payments/actions/settle-together.ts'
import type { Attempt } from '#payments/attempt.ts'
import type { PaymentServices } from '#payments/services.ts'

type Waiting = Answered & {
  readonly context: Context
  readonly resolve: (settled: Attempt | Promise<Attempt>) => void
}

const mostTogether = 50

/**
 * Settles the charges of a run: answers that come in while a transaction is under way share the next one. Nothing waits for
 * company, and an answer whose transaction fails, or that is not plain, is settled by itself.
 */
export class Settling {
  readonly #services: PaymentServices
  #waiting: Waiting[] = []
  #isAtWork = false

  constructor(services: PaymentServices) {
    this.#services = services
  }

  /** All of one organisation. */
  readonly settle: Settle = (_services, context, attempt, result) => {
    const settled = new Promise<Attempt>((resolve) => this.#waiting.push({ context, attempt, result, resolve }))
    if (!this.#isAtWork) void this.#work()
    return settled
  }

  async #work(): Promise<void> {
    this.#isAtWork = true
    for (let batch = this.#next(); batch.length > 0; batch = this.#next()) {
      const settled = await this.#together(batch)
      for (const { context, attempt, result, resolve } of batch) {
        resolve(settled.get(attempt.id) ?? settleAlone(this.#services, context, attempt, result))
      }
    }
    this.#isAtWork = false
  }

  // Those of one moment.
  #next(): Waiting[] {
    const now = this.#waiting[0]?.context.now
    const batch = this.#waiting.filter(({ context }) => now && context.now.equals(now)).slice(0, mostTogether)
    this.#waiting = this.#waiting.filter((one) => !batch.includes(one))
    return batch
  }

  async #together(batch: readonly Waiting[]): Promise<ReadonlyMap<string, Attempt>> {
    const [first] = batch
    if (!first) return new Map()
    const { db, settlements } = this.#services
    try {
      return await inTransaction(db, (tx) => settleTogether(tx, first.context, batch, settlements))
    } catch {
      // Whoever made it fail fails again by itself, and is told there.
      return new Map()
    }
  }
}
