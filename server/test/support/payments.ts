import type { Db } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Context } from '#organisations/org.ts'
import type { NewAttempt } from '#payments/actions/begin-attempt.ts'
import type { Attempt } from '#payments/attempt.ts'
import { type SimulatedProcessor, simulatedProcessor } from '#payments/providers/simulated/processor.ts'
import type { PaymentServices, Settlement } from '#payments/services.ts'
import { closedTaxDesk } from '#payments/tax-desk.ts'
import { machineNow } from '#time/clock.ts'
import { utcDay } from '#time/period.ts'
import { contextAt, newOrganisation, noon } from './organisations.ts'

/** A new organisation's sandbox side with one customer, at noon. */
export async function newSandbox(db: Db): Promise<{ context: Context; customerId: string }> {
  const { sandbox: org } = await newOrganisation(db)
  const customerId = newId('cus')
  await db
    .insertInto('customer')
    .values({ org_id: org.id, id: customerId, email: 'ada@example.com', created_at: noon, updated_at: noon })
    .execute()
  return { context: contextAt(org, noon), customerId }
}

let invoices = 0

/** An outstanding invoice over 29.00 USD. */
export async function newInvoice(db: Db, { org }: Context, customerId: string): Promise<string> {
  const id = newId('inv')
  await db
    .insertInto('invoice')
    .values({
      org_id: org.id,
      id,
      number: `TEST-${++invoices}-${id.slice(-6)}`,
      customer_id: customerId,
      status: 'outstanding',
      type: 'recurring',
      currency: 'usd',
      subtotal: 2400n,
      tax_amount: 500n,
      total: 2900n,
      period_start: utcDay(noon),
      period_end: utcDay(noon).add({ days: 30 }),
      issued_at: noon,
      due_at: noon,
      created_at: noon,
      updated_at: noon,
    })
    .execute()
  return id
}

/** An active subscription to a plan of its own. */
export async function newSubscription(db: Db, { org }: Context, customerId: string): Promise<string> {
  const planId = newId('pln')
  const id = newId('sub')
  const stamps = { created_at: noon, updated_at: noon }
  await db
    .insertInto('plan')
    .values({ org_id: org.id, id: planId, code: planId.slice(4), name: 'Pro', ...stamps })
    .execute()
  await db
    .insertInto('subscription')
    .values({
      org_id: org.id,
      id,
      customer_id: customerId,
      plan_id: planId,
      name: 'Pro',
      status: 'active',
      currency: 'usd',
      start_date: noon,
      ...stamps,
    })
    .execute()
  return id
}

/** A charge of 29.00 USD for an invoice, with the customer there. */
export function chargeOf(customerId: string, invoiceId: string, token: string): NewAttempt {
  return {
    kind: 'charge',
    purpose: 'first_invoice',
    customerId,
    subscriptionId: null,
    invoiceId,
    checkoutId: null,
    paymentMethodId: null,
    provider: 'commet',
    connectionId: null,
    token,
    offSession: false,
    amount: 2900n,
    subtotal: 2400n,
    taxAmount: 500n,
    currency: 'usd',
    customerEmail: 'ada@example.com',
    customerName: 'Ada Lovelace',
  }
}

/** Where these tests note which settlements ran; in the database, so that it is kept and undone with everything else. */
export async function createSettlementLog(db: Db): Promise<void> {
  await db.schema
    .createTable('settlement_log')
    .addColumn('attempt_id', 'text')
    .addColumn('outcome', 'text')
    .addColumn('at', 'timestamptz')
    .execute()
}

type SettlementLog = { settlement_log: { attempt_id: string; outcome: string; at: Temporal.Instant } }

/** What was settled for an attempt, in words: `succeeded 2026-06-16T12:00:00Z`. */
export async function settlementsOf(db: Db, attemptId: string): Promise<string[]> {
  const rows = await db
    .$extendTables<SettlementLog>()
    .selectFrom('settlement_log')
    .selectAll()
    .where('attempt_id', '=', attemptId)
    .execute()
  return rows.map(({ outcome, at }) => `${outcome} ${at}`)
}

function noted(outcome: string): Settlement['succeeded'] {
  return async (tx, { now }, { id }) => {
    await tx
      .$extendTables<SettlementLog>()
      .insertInto('settlement_log')
      .values({ attempt_id: id, outcome, at: now })
      .execute()
  }
}

const settlement: Settlement = { succeeded: noted('succeeded'), failed: noted('failed') }

/** Payment services on a cloned database with a simulated processor and settlements that are only noted. */
export function paymentServices(
  db: Db,
  overrides: Partial<PaymentServices> = {},
): PaymentServices & { processor: SimulatedProcessor } {
  const processor = simulatedProcessor({ db, machineNow, inLiveMode: false })
  return {
    db,
    providers: { commet: processor, stripe: undefined, dlocal: undefined },
    settleRefund: async () => undefined,
    connections: { open: async () => undefined },
    taxes: closedTaxDesk,
    settlements: {
      first_invoice: settlement,
      trial_setup: settlement,
      free_first_period: settlement,
      renewal: settlement,
      final_invoice: settlement,
      credit_purchase: settlement,
      balance_topup: settlement,
      recovery: settlement,
      method_update: settlement,
      payment_link: settlement,
      payment_charge: settlement,
      reactivation: settlement,
      addon_activation: settlement,
      plan_change: settlement,
      plan_change_checkout: settlement,
    },
    contextFor: contextAt,
    machineNow,
    ...overrides,
    processor,
  }
}

/** Vaults a test card and gives its token. */
export async function vaultCard(processor: SimulatedProcessor, number: string): Promise<string> {
  const vaulted = await processor.vault({ number, expMonth: 12, expYear: 2044, cvc: '123' }, noon)
  if (!vaulted.ok) throw new Error(vaulted.message)
  return vaulted.token
}

export type Booked = { id: string; state: string; amount: bigint; idempotency_key: string }

/** What the processor's own books have under an attempt's key, or in all. */
export async function booksOf(db: Db, attempt?: Pick<Attempt, 'id'>): Promise<Booked[]> {
  let query = db
    .$extendTables<{ 'simulated_processor.charge': Booked }>()
    .selectFrom('simulated_processor.charge')
    .selectAll()
  if (attempt) query = query.where('idempotency_key', '=', attempt.id)
  return query.execute()
}
