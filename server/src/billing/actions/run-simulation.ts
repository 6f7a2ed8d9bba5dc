import { resolveDraft, type WrittenDraft } from '#billing/actions/resolve-draft.ts'
import { simulatePlan } from '#billing/actions/simulate-plan.ts'
import { refuseTooLarge } from '#billing/simulation/refuse-too-large.ts'
import { type SimulatedCustomer, type SimulatedTotal, Tally } from '#billing/simulation/tally.ts'
import type { Plan } from '#catalogue/plan.ts'
import { resolveCustomer } from '#customers/customers.store.ts'
import { type Db, inTransaction, type Tx } from '#database/transaction.ts'
import type { Currency } from '#money/currency.ts'
import { invalidField, Problem } from '#problem.ts'
import { countPastWindows, type PastWindows } from '#subscriptions/past-windows.store.ts'

export type SimulationRequest = {
  readonly plan: WrittenDraft
  readonly months: number
  readonly customerId?: string | undefined
  /** How many customers the result names. */
  readonly customers: number
}

export type FinishedSimulation = {
  readonly plan: Plan
  readonly months: number
  readonly past: PastWindows
  readonly windows: number
  readonly totals: readonly SimulatedTotal[]
  /** Those whom the draft changes most. */
  readonly top: readonly SimulatedCustomer[]
  readonly leftOut: readonly { readonly currency: Currency; readonly windows: number }[]
}

/** Who is told while a simulation runs. */
export type SimulationListener = {
  begins?(windows: number): void
  goesOn?(customers: readonly SimulatedCustomer[], windowsSoFar: number): void
}

/**
 * Simulates as of `now`: the windows that were closed in the months before it. One reading transaction as of one moment, which
 * the database itself keeps from writing. 404 plan_not_found, customer_not_found; 422 for a draft that does not fit or
 * comes to more than JSON can hold, or more windows than `mostWindows`.
 */
export async function runSimulation(
  db: Db,
  orgId: string,
  request: SimulationRequest,
  now: Temporal.Instant,
  { listener = {}, mostWindows = null }: { listener?: SimulationListener; mostWindows?: number | null } = {},
): Promise<FinishedSimulation> {
  const work = async (tx: Tx): Promise<FinishedSimulation> => {
    const { plan, draft } = await resolveDraft(tx, orgId, request.plan)
    const past = {
      planId: plan.id,
      after: now.toZonedDateTimeISO('UTC').subtract({ months: request.months }).toInstant(),
      until: now,
      customerId: await customerOf(tx, orgId, request.customerId),
    }
    const found = await countPastWindows(tx, orgId, past)
    if (mostWindows !== null && found.windows > mostWindows) throw tooMany(found.windows, mostWindows)
    listener.begins?.(found.windows)
    const tally = new Tally(request.customers)
    const leftOut = new Map<Currency, number>()
    let windows = 0
    for await (const chunk of simulatePlan(tx, orgId, { plan, draft, past })) {
      windows += chunk.windows
      for (const customer of chunk.customers) tally.add(customer)
      refuseTooLarge([...chunk.customers, ...tally.totals], request.plan)
      for (const one of chunk.leftOut) leftOut.set(one.currency, (leftOut.get(one.currency) ?? 0) + one.windows)
      listener.goesOn?.(chunk.customers, windows)
    }
    const { totals, top } = tally
    const left = [...leftOut].map(([currency, number]) => ({ currency, windows: number }))
    return { plan, months: request.months, past, windows, totals, top, leftOut: left }
  }
  return inTransaction(db, work, { isolation: 'repeatable read', readOnly: true })
}

async function customerOf(db: Db, orgId: string, reference: string | undefined): Promise<string | null> {
  if (reference === undefined) return null
  const customer = await resolveCustomer(db, orgId, reference)
  if (customer) return customer.id
  throw new Problem('customer_not_found', `There is no customer ${reference}.`)
}

function tooMany(windows: number, most: number): Problem {
  return invalidField(
    'months',
    `${windows} windows would be billed again, and a request takes ${most}. Ask for fewer months or one customer, or use halley simulate.`,
  )
}
