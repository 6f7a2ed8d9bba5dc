import { sql } from 'kysely'
import type { Db } from '#database/transaction.ts'
import { closeLedger } from '#metering/actions/close-ledger.ts'
import { openLedger } from '#metering/actions/open-ledger.ts'
import { enterMovements, insertAccount } from '#metering/ledger-accounts.store.ts'
import type { Funding } from '#metering/ledger-movements.ts'
import type { Org } from '#organisations/org.ts'
import { type Metered, type MeteredOptions, newMeteredCustomers, rollWindow } from './metering.ts'
import { contextAt, noon } from './organisations.ts'

export type Funds = {
  readonly credits?: number
  readonly purchased?: number
  /** Rate scale. */
  readonly balance?: number
  readonly mayOverdraw?: boolean
}

/** Customers on a credits or balance plan, each with these funds. */
export async function newFundedCustomers(
  db: Db,
  org: Org,
  funds: Funds,
  options: MeteredOptions & { readonly model: 'credits' | 'balance' },
): Promise<Metered> {
  const metered = await newMeteredCustomers(db, org, options)
  const [credits, purchased, balance] = [funds.credits ?? 0, funds.purchased ?? 0, funds.balance ?? 0].map(BigInt) as [
    bigint,
    bigint,
    bigint,
  ]
  await db.transaction().execute(async (tx) => {
    for (const { subscriptionId } of metered.customers) {
      const place = { subscriptionId, model: options.model, windowNumber: 1, epoch: 1n }
      const account = await insertAccount(tx, org.id, place)
      const grant = { kind: 'grant' as const, planCredits: credits, balance }
      await enterMovements(tx, org.id, account, [grant, { kind: 'purchase', purchasedCredits: purchased }], {
        at: noon,
        changes: {
          grantedCredits: credits,
          grantedBalance: balance,
          lastRefill: balance,
          mayOverdraw: funds.mayOverdraw ?? false,
        },
      })
    }
  })
  return metered
}

export type Books = {
  readonly plan: bigint
  readonly purchased: bigint
  readonly balance: bigint
  /** What the entries add up to, pot by pot, and the last one says is left. */
  readonly sums: readonly [string, string, string]
  readonly last: readonly [bigint, bigint, bigint]
  readonly consumptions: bigint
  readonly isUnbroken: boolean
}

/** An account beside what its entries say. `isUnbroken`: numbers without gaps, each entry following from the one before. */
export async function booksOf(db: Db, org: Org, subscriptionId: string): Promise<Books> {
  const { rows } = await sql<Record<string, bigint | string | boolean>>`
    with steps as (
      select e.*, row_number() over (order by number) = number
        and plan_credits_after = coalesce(lag(plan_credits_after) over (order by number), 0) + plan_credits
        and purchased_credits_after = coalesce(lag(purchased_credits_after) over (order by number), 0) + purchased_credits
        and balance_after = coalesce(lag(balance_after) over (order by number), 0) + balance as follows
      from ledger_entry e where org_id = ${org.id} and subscription_id = ${subscriptionId}
    )
    select a.plan_credits, a.purchased_credits, a.balance, sums.*,
      last.plan_credits_after, last.purchased_credits_after, last.balance_after
    from ledger_account a,
      lateral (select sum(plan_credits)::text plan_sum, sum(purchased_credits)::text purchased_sum, sum(balance)::text balance_sum,
        count(*) filter (where kind = 'consumption') as consumptions,
        bool_and(follows) and count(*) = a.entries as is_unbroken from steps) sums,
      lateral (select * from steps order by number desc limit 1) last
    where a.org_id = ${org.id} and a.subscription_id = ${subscriptionId}`.execute(db)
  const row = rows[0] as Record<string, never> | undefined
  if (!row) throw new Error(`${subscriptionId} has no account with entries`)
  return {
    plan: row.plan_credits as never,
    purchased: row.purchased_credits as never,
    balance: row.balance as never,
    sums: [row.plan_sum as never, row.purchased_sum as never, row.balance_sum as never],
    last: [row.plan_credits_after as never, row.purchased_credits_after as never, row.balance_after as never],
    consumptions: row.consumptions as never,
    isUnbroken: row.is_unbroken as never,
  }
}

/** The types of the events that were told of a customer, in the order of their occurrence, counted. */
export async function toldOf(db: Db, org: Org, type: string): Promise<Record<string, unknown>[]> {
  const rows = await db
    .selectFrom('event')
    .select(['type', 'data'])
    .where('org_id', '=', org.id)
    .where('type', '=', type)
    .execute()
  return rows.map(({ data }) => data as Record<string, unknown>)
}

/** Ends a window and begins the next one with this grant, as the billing engine does; what was short is added to `billed`. */
export async function rollFunded(
  db: Db,
  org: Org,
  metered: Metered,
  subscriptionId: string,
  funding: Funding,
  billed: bigint[] = [],
): Promise<void> {
  const context = contextAt(org)
  const customerId = metered.customers.find((customer) => customer.subscriptionId === subscriptionId)?.id ?? ''
  const [start, end] = [Temporal.PlainDate.from('2026-06-01'), Temporal.PlainDate.from('2026-07-01')]
  await rollWindow(db, org, metered, subscriptionId, {
    close: async (tx) => {
      billed.push((await closeLedger(tx, context, subscriptionId))?.overdraft ?? 0n)
    },
    open: (tx, number, epoch) => {
      const window = { number, kind: 'paid' as const, startsOn: start, endsOn: end, periodStart: start, periodEnd: end }
      return openLedger(tx, context, { id: subscriptionId, customerId, epoch }, window, funding)
    },
  })
}
