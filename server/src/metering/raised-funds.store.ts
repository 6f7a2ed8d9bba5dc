import { sql } from 'kysely'
import type { Tx } from '#database/transaction.ts'
import { mostHeld } from '#metering/most-held.ts'

/** What a price includes per window now: `credits` a count, `balance` rate scale of `currency`; null where it says nothing. */
export type RaisedFunds = {
  readonly priceId: string
  readonly currency: string
  /** Those who pay the plan's dollars for the United States, or everybody else. */
  readonly hasUsPricing: boolean
  readonly credits: bigint | null
  readonly balance: bigint | null
}

/** Who was given how many credits at once. */
export type RaisedCredits = {
  readonly subscriptionId: string
  readonly customerId: string
  readonly publicCustomerId: string
  readonly credits: bigint
}

type Row = { subscription_id: string; customer_id: string; public_id: string; credits: bigint }

/**
 * Gives everybody who runs on a price what it includes beyond what their window was given (catalogue.md: raised at once on paid
 * plans), one ledger entry each. Free plans have no price of their own and wait for their reset. Returns those who got
 * credits, in the order of their subscriptions.
 */
export async function grantRaised(
  tx: Tx,
  orgId: string,
  { priceId, currency, hasUsPricing, credits, balance }: RaisedFunds,
  at: Temporal.Instant,
): Promise<RaisedCredits[]> {
  const { rows } = await sql<Row>`
    with running as materialized (
      select s.id, s.customer_id, coalesce(c.external_id, c.id) as public_id
      from subscription s
      join customer c on c.org_id = s.org_id and c.id = s.customer_id
      where s.org_id = ${orgId} and s.price_id = ${priceId} and s.currency = ${currency}
        and s.has_us_pricing = ${hasUsPricing}
        and s.status in ('trialing', 'active', 'past_due')
      order by s.id
    ), raised as materialized (
      select a.*,
        case when a.model = 'credits' then greatest(least(coalesce(${credits}::bigint, 0) - a.granted_credits,
          ${mostHeld}::bigint - a.plan_credits - a.purchased_credits), 0) else 0 end as more_credits,
        case when a.model = 'balance' then greatest(least(coalesce(${balance}::bigint, 0) - a.granted_balance,
          ${mostHeld}::bigint - a.balance), 0) else 0 end as more_balance
      from ledger_account a
      where a.org_id = ${orgId} and a.subscription_id in (select id from running)
        and ((a.model = 'credits' and a.granted_credits < ${credits}::bigint)
          or (a.model = 'balance' and a.granted_balance < ${balance}::bigint))
      order by a.subscription_id
      for no key update
    ), entered as (
      insert into ledger_entry (org_id, subscription_id, number, kind, plan_credits, purchased_credits, balance,
        plan_credits_after, purchased_credits_after, balance_after, window_number, reason, occurred_at)
      select org_id, subscription_id, entries + 1, 'grant', more_credits, 0, more_balance, plan_credits + more_credits,
        purchased_credits, balance + more_balance, window_number, 'included_raised', ${at}
      from raised
    ), given as (
      update ledger_account a
      set plan_credits = a.plan_credits + r.more_credits, granted_credits = a.granted_credits + r.more_credits,
        balance = a.balance + r.more_balance, granted_balance = a.granted_balance + r.more_balance,
        last_refill = case when r.more_balance > 0 then a.balance + r.more_balance else a.last_refill end,
        entries = a.entries + 1
      from raised r
      where a.org_id = r.org_id and a.subscription_id = r.subscription_id
    )
    select r.subscription_id, running.customer_id, running.public_id, r.more_credits as credits
    from raised r join running on running.id = r.subscription_id
    where r.more_credits > 0 order by r.subscription_id`.execute(tx)
  return rows.map((row) => ({
    subscriptionId: row.subscription_id,
    customerId: row.customer_id,
    publicCustomerId: row.public_id,
    credits: row.credits,
  }))
}
