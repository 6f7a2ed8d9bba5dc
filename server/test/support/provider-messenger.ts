import { setTimeout as wait } from 'node:timers/promises'
import type { DlocalDouble } from './dlocal-double.ts'
import type { StripeDouble } from './stripe-double.ts'

type Message = { readonly body: string; readonly headers: Record<string, string> }

const lanes = 8
const mostDelayMs = 400
const disputedShare = 1 / 6

/**
 * What a provider tells of everything it books: to whoever lives at the moment, each until somebody takes it, some twice, in any
 * order. Some charges are disputed, and won.
 */
export class ProviderMessenger {
  /** The server that is told; null while there is none. */
  server: string | null = null
  taken = 0
  /** Messages whose server went away before it answered. */
  cutOff = 0
  readonly disputed: string[] = []
  readonly #path: string
  readonly #random: () => number
  readonly #waiting: Message[] = []
  readonly #lanes: Promise<void>[]
  #coming = 0
  #underWay = 0
  #isOver = false

  private constructor(path: string, random: () => number) {
    this.#path = path
    this.#random = random
    this.#lanes = Array.from({ length: lanes }, () => this.#lane())
  }

  static ofStripe(double: StripeDouble, path: string, random: () => number): ProviderMessenger {
    const messenger = new ProviderMessenger(path, random)
    double.onBooked = ({ metadata: { transaction = '' } }) => {
      messenger.#queue(() => double.notification('payment_intent.succeeded', transaction))
      if (!messenger.#isDisputed(transaction)) return
      const dispute = double.disputeCharge(transaction)
      messenger.#queue(() => double.disputeNotification('charge.dispute.created', dispute))
      messenger.#queue(() => {
        const decided = double.disputes.get(dispute)
        if (decided) decided.status = 'won'
        return double.disputeNotification('charge.dispute.closed', dispute)
      })
    }
    return messenger
  }

  static ofDlocal(double: DlocalDouble, path: string, random: () => number): ProviderMessenger {
    const messenger = new ProviderMessenger(path, random)
    double.onBooked = ({ order_id }) => {
      messenger.#queue(() => double.notification(order_id))
      if (!messenger.#isDisputed(order_id)) return
      const chargeback = double.chargeBack(order_id)
      messenger.#queue(() => double.signed({ ...chargeback, status: 'PENDING' }))
      messenger.#queue(() => {
        chargeback.status = 'REVERSAL'
        return double.signed(chargeback)
      })
    }
    return messenger
  }

  isQuiet(): boolean {
    return this.#coming + this.#waiting.length + this.#underWay === 0
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#lanes)
  }

  #isDisputed(transaction: string): boolean {
    if (this.#random() >= disputedShare) return false
    this.disputed.push(transaction)
    return true
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
