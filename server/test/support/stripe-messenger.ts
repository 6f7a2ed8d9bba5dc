import { setTimeout as wait } from 'node:timers/promises'
import type { StripeDouble } from './stripe-double.ts'

type Message = { readonly body: string; readonly headers: Record<string, string> }

const lanes = 8
const mostDelayMs = 400
const disputedShare = 1 / 6

/**
 * What Stripe tells of everything it books: to whoever lives at the moment, each until somebody takes it, some twice, in any
 * order. Some charges are disputed, and won.
 */
export class StripeMessenger {
  /** The server that is told; null while there is none. */
  server: string | null = null
  taken = 0
  /** Messages whose server went away before it answered. */
  cutOff = 0
  readonly disputed: string[] = []
  readonly #double: StripeDouble
  readonly #path: string
  readonly #random: () => number
  readonly #waiting: Message[] = []
  readonly #lanes: Promise<void>[]
  #coming = 0
  #underWay = 0
  #isOver = false

  constructor(double: StripeDouble, path: string, random: () => number) {
    this.#double = double
    this.#path = path
    this.#random = random
    double.onBooked = ({ metadata }) => this.#tell(metadata.transaction ?? '')
    this.#lanes = Array.from({ length: lanes }, () => this.#lane())
  }

  isQuiet(): boolean {
    return this.#coming + this.#waiting.length + this.#underWay === 0
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#lanes)
  }

  #tell(transaction: string): void {
    this.#queue(() => this.#double.notification('payment_intent.succeeded', transaction))
    if (this.#random() >= disputedShare) return
    this.disputed.push(transaction)
    const dispute = this.#double.disputeCharge(transaction)
    this.#queue(() => this.#double.disputeNotification('charge.dispute.created', dispute))
    this.#queue(() => {
      const decided = this.#double.disputes.get(dispute)
      if (decided) decided.status = 'won'
      return this.#double.disputeNotification('charge.dispute.closed', dispute)
    })
  }

  // In any order, and some of them twice.
  #queue(make: () => Message): void {
    this.#coming += 1
    setTimeout(() => {
      const message = make()
      this.#waiting.push(message)
      if (this.#random() < 0.3) this.#waiting.push(message)
      this.#coming -= 1
    }, this.#random() * mostDelayMs)
  }

  async #lane(): Promise<void> {
    while (!this.#isOver) {
      const message = this.server === null ? undefined : this.#waiting.shift()
      if (!message) await wait(5)
      else if (!(await this.#send(message))) {
        this.#waiting.push(message)
        await wait(20)
      }
    }
  }

  async #send({ body, headers }: Message): Promise<boolean> {
    this.#underWay += 1
    try {
      const response = await fetch(this.server + this.#path, { method: 'POST', headers, body })
      await response.text()
      if (response.ok) this.taken += 1
      return response.ok
    } catch {
      this.cutOff += 1
      return false
    } finally {
      this.#underWay -= 1
    }
  }
}
