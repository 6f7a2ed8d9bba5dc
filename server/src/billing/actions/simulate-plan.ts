import { pastBills, waitingAt } from '#billing/actions/past-bills.ts'
import type { PastReading } from '#billing/actions/read-past.ts'
import { type PastRows, readPast } from '#billing/actions/read-past.ts'
import { type LedgerOutcome, replayLedgers } from '#billing/actions/replay-ledgers.ts'
import { PastTerms } from '#billing/simulation/past-terms.ts'
import { draftIn, isWithoutMoney, type PlanDraft } from '#billing/simulation/plan-draft.ts'
import { rebill, reopen } from '#billing/simulation/rebill.ts'
import { besideOf, joined, type SimulatedCustomer, sumOf } from '#billing/simulation/tally.ts'
import { findExchangeRate } from '#catalogue/exchange-rates.store.ts'
import { loadTermsHistory } from '#catalogue/feature-terms.store.ts'
import type { Plan } from '#catalogue/plan.ts'
import { priceIntervals } from '#catalogue/prices.store.ts'
import { currencyOf, type Region, regionOf } from '#catalogue/region.ts'
import { publicCustomerId } from '#customers/customer.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import type { Currency } from '#money/currency.ts'
import { customersWithPastWindows, type PastWindows } from '#subscriptions/past-windows.store.ts'

export type Simulation = { readonly plan: Plan; readonly draft: PlanDraft; readonly past: PastWindows }

/** Some customers who were billed again, and how many windows that took. */
export type SimulatedChunk = {
  readonly customers: readonly SimulatedCustomer[]
  readonly windows: number
  /** Windows that are left out: the draft speaks of money, and the plan has no rate for their currency. */
  readonly leftOut: readonly { readonly currency: Currency; readonly windows: number }[]
}

const customersPerChunk = 200

/**
 * Bills the closed windows of a plan again under a draft of its terms, customer by customer in the order of their ids. Reads
 * some customers at a time, whatever their number, and writes nothing. The transaction should be a repeatable read.
 */
export async function* simulatePlan(tx: Tx, orgId: string, simulation: Simulation): AsyncGenerator<SimulatedChunk> {
  const drafts = new DraftByRegion(tx, orgId, simulation)
  let after = ''
  for (;;) {
    const customerIds = await customersWithPastWindows(tx, orgId, simulation.past, after, customersPerChunk)
    const last = customerIds.at(-1)
    if (last === undefined) return
    yield await simulateSome(tx, orgId, simulation, { customerIds, drafts })
    if (customerIds.length < customersPerChunk) return
    after = last
  }
}

type Some = {
  readonly customerIds: readonly string[]
  readonly drafts: DraftByRegion
}

async function simulateSome(
  tx: Tx,
  orgId: string,
  { plan, past }: Simulation,
  { customerIds, drafts }: Some,
): Promise<SimulatedChunk> {
  const found = await readPast(tx, orgId, past, customerIds)
  const priced: (Regional & { readonly rows: PastRows })[] = []
  const leftOut = new Map<Currency, number>()
  for (const rows of found) {
    const region = regionOf(rows.subscription)
    const regional = await drafts.in(region)
    const money = currencyOf(region)
    if (regional) priced.push({ rows, ...regional })
    else leftOut.set(money, (leftOut.get(money) ?? 0) + rows.windows.length)
  }
  const ledgers = await replayLedgers(tx, orgId, plan, priced)
  const customers = await findCustomersById(tx, orgId, customerIds)
  const byCustomer = Map.groupBy(
    priced.map((one) => simulateSubscription(one, ledgers.get(one.rows.subscription.id) ?? null)),
    ({ customerId, currency: money }) => `${customerId} ${money}`,
  )
  return {
    customers: [...byCustomer.values()].map((own) => {
      const sum = own.reduce(together)
      const customer = customers.get(sum.customerId)
      return customer ? { ...sum, customerId: publicCustomerId(customer) } : sum
    }),
    windows: found.reduce((sum, { windows }) => sum + windows.length, 0),
    leftOut: [...leftOut].map(([money, windows]) => ({ currency: money, windows })),
  }
}

function simulateSubscription(
  { rows, reading, draft }: Regional & { readonly rows: PastRows },
  ledger: ReadonlyMap<number, LedgerOutcome> | null,
): SimulatedCustomer {
  const invoiced: DraftLine[] = []
  const simulated: DraftLine[] = []
  let refused = 0
  let waiting: readonly DraftLine[] = []
  let before: number | null = null
  for (const bill of pastBills(rows, reading)) {
    const { record, past, opening } = bill
    if (before !== record.number - 1) waiting = waitingAt(rows, record, reading)
    before = record.number
    if (opening) {
      invoiced.push(...opening.invoiced)
      simulated.push(...reopen(opening.base, { changes: rows.changes, ...opening }, draft))
    }
    const outcome = ledger?.get(record.number)
    refused += outcome?.refused ?? 0
    if (bill.isForgiven) {
      waiting = []
      continue
    }
    const again = rebill({ ...past, overdraft: ledger ? (outcome?.overdraft ?? 0n) : null }, draft, waiting)
    waiting = again.waiting
    refused += again.refused
    invoiced.push(...bill.invoiced)
    simulated.push(...again.lines.filter(isCompared))
  }
  const byLineType = besideOf(invoiced, simulated)
  return {
    customerId: rows.subscription.customerId,
    currency: draft.currency,
    windows: rows.windows.length,
    refused,
    byLineType,
    ...sumOf(byLineType),
  }
}

// Lines that stand for what a draft does not touch only count towards the minimum charge.
const isCompared = ({ lineType }: DraftLine): boolean => lineType !== 'one_time'

function together(a: SimulatedCustomer, b: SimulatedCustomer): SimulatedCustomer {
  const byLineType = joined(a.byLineType, b.byLineType)
  return { ...a, windows: a.windows + b.windows, refused: a.refused + b.refused, byLineType, ...sumOf(byLineType) }
}

/** A draft and the plan's past, as they are in a region. */
type Regional = { readonly draft: PlanDraft; readonly reading: PastReading }

/** Both in each region that a subscription is priced in; undefined where the plan has no rate to convert the draft at. */
class DraftByRegion {
  readonly #tx: Tx
  readonly #orgId: string
  readonly #simulation: Simulation
  readonly #known = new Map<Region, Regional | undefined>()

  constructor(tx: Tx, orgId: string, simulation: Simulation) {
    this.#tx = tx
    this.#orgId = orgId
    this.#simulation = simulation
  }

  async in(region: Region): Promise<Regional | undefined> {
    if (!this.#known.has(region)) this.#known.set(region, await this.#load(region))
    return this.#known.get(region)
  }

  async #load(region: Region): Promise<Regional | undefined> {
    const { plan } = this.#simulation
    const draft = await this.#convert(region)
    if (!draft) return undefined
    const { model, states } = await loadTermsHistory(this.#tx, this.#orgId, plan.id, region)
    const intervals = await priceIntervals(this.#tx, this.#orgId, plan.id)
    return { draft, reading: { terms: new PastTerms(model, states), intervalOf: (id) => intervals.get(id) } }
  }

  async #convert(region: Region): Promise<PlanDraft | undefined> {
    const { plan, draft } = this.#simulation
    if (region === null || isWithoutMoney(draft)) return { ...draft, currency: currencyOf(region) }
    const rate = await findExchangeRate(this.#tx, this.#orgId, plan.id, region)
    return rate === undefined ? undefined : draftIn(draft, region, rate)
  }
}
