import assert from 'node:assert/strict'
import { inTransaction } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { beginAttempt, type NewAttempt } from '#payments/actions/begin-attempt.ts'
import { performAttempt } from '#payments/actions/perform-attempt.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findAttempt } from '#payments/attempts.store.ts'
import type { Faults } from '#payments/providers/simulated/line.ts'
import type { SimulatedProcessor } from '#payments/providers/simulated/processor.ts'
import type { PaymentServices } from '#payments/services.ts'
import { machineNow } from '#time/clock.ts'
import { type ClonedDatabase, cloneDatabase } from './database.ts'
import { chargeOf, createSettlementLog, newInvoice, newSandbox, paymentServices, vaultCard } from './payments.ts'

export const cards = {
  good: '4242 4242 4242 4242',
  brazilian: '4000 0007 6000 0002',
  declined: '4000 0000 0000 0002',
  asks: '4000 0000 0000 3220',
}

/** A database with payment services and one customer, who is new in every test. */
export class PaymentBench {
  readonly database: ClonedDatabase
  services: PaymentServices & { processor: SimulatedProcessor }
  context!: Context // `reset` runs before every test
  customerId = ''

  private constructor(database: ClonedDatabase) {
    this.database = database
    this.services = paymentServices(database.db)
  }

  static async create(): Promise<PaymentBench> {
    const database = await cloneDatabase()
    await createSettlementLog(database.db)
    return new PaymentBench(database)
  }

  async reset(): Promise<void> {
    this.services = paymentServices(this.database.db)
    Object.assign(this, await newSandbox(this.database.db))
    // What earlier tests left unsettled is not looked at by the sweeps of this one.
    await this.database.pool.query('update payment_transaction set look_again_at = null')
  }

  /** The services on the same machine some time later. */
  later({ minutes = 0, seconds = 0 }): PaymentServices {
    return { ...this.services, machineNow: () => machineNow().add({ minutes, seconds }) }
  }

  begin(input: NewAttempt): Promise<Attempt> {
    return inTransaction(this.database.db, (tx) => beginAttempt(tx, this.context, input))
  }

  /** Begins a charge of a new invoice, or of the one given. */
  async beginCharge(number: string, changes: Partial<NewAttempt> = {}): Promise<Attempt> {
    const invoiceId = changes.invoiceId ?? (await newInvoice(this.database.db, this.context, this.customerId))
    const token = await vaultCard(this.services.processor, number)
    return this.begin({ ...chargeOf(this.customerId, invoiceId, token), ...changes })
  }

  async charge(number: string, changes: Partial<NewAttempt> = {}): Promise<Attempt> {
    return performAttempt(this.services, this.context, await this.beginCharge(number, changes))
  }

  /** A charge made over a line with a fault that is repaired afterwards: the answer is lost. */
  async chargeOver(fault: Exclude<keyof Faults, 'delayMs'>, changes: Partial<NewAttempt> = {}): Promise<Attempt> {
    const attempt = await this.beginCharge(cards.good, changes)
    this.services.processor.faults[fault] = true
    const performed = await performAttempt(this.services, this.context, attempt)
    this.services.processor.faults[fault] = false
    assert.equal(performed.state, 'started', 'the outcome is unknown')
    return attempt
  }

  /** The attempt as it is now. */
  async now({ orgId, id }: Attempt): Promise<Attempt> {
    return (await findAttempt(this.database.db, orgId, id)) ?? assert.fail('the attempt is gone')
  }

  /** The customer's answer on the page of their bank. */
  async answerBank({ actionReference }: Attempt, answer: 'approve' | 'fail'): Promise<string> {
    assert(actionReference, 'there is no authentication to answer')
    return (await this.services.processor.completeAction(actionReference, answer)).outcome
  }
}
