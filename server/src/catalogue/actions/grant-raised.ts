import type { PlanPrice } from '#catalogue/plan-price.ts'
import { type Region, regionColumns } from '#catalogue/region.ts'
import { localPrice } from '#catalogue/regional-price.ts'
import { currenciesOf, type RegionalPricing, sourceOf } from '#catalogue/regional-pricing.ts'
import type { Tx } from '#database/transaction.ts'
import { grantRaised } from '#metering/raised-funds.store.ts'
import type { Context } from '#organisations/org.ts'
import { recordEvents } from '#webhooks/outbox.ts'

const eventsPerStatement = 1_000

/** A price with what its plan says in other currencies. */
export type RegionalState = { readonly price: PlanPrice; readonly pricing: RegionalPricing }

/**
 * A price includes more credits or balance than before: whoever runs on it is given the difference now, a balance in the
 * currency they pay. What it includes less counts from the next reset on.
 */
export async function grantRaisedFunds(
  tx: Tx,
  context: Context,
  before: RegionalState,
  after: RegionalState,
): Promise<void> {
  for (const region of [null, ...currenciesOf(after.pricing)]) {
    const [was, is] = [inRegion(before, region), inRegion(after, region)]
    if (is) await grantIn(tx, context, region, was ?? { ...is, includedCredits: null, includedBalance: null }, is)
  }
}

function inRegion({ price, pricing }: RegionalState, region: Region): PlanPrice | undefined {
  return region === null ? price : localPrice(price, sourceOf(pricing, price.id, region))
}

async function grantIn(tx: Tx, context: Context, region: Region, before: PlanPrice, after: PlanPrice): Promise<void> {
  const isMore = (was: bigint | null, is: bigint | null) => is !== null && is > (was ?? 0n)
  const raised = {
    priceId: after.id,
    ...regionColumns(region),
    credits: isMore(before.includedCredits, after.includedCredits) ? after.includedCredits : null,
    balance: isMore(before.includedBalance, after.includedBalance) ? after.includedBalance : null,
  }
  if (raised.credits === null && raised.balance === null) return
  const given = await grantRaised(tx, context.org.id, raised, context.now)
  const events = given.map(({ subscriptionId, customerId, publicCustomerId, credits }) => ({
    type: 'credits.granted' as const,
    customerId,
    data: { subscriptionId, customerId: publicCustomerId, credits: Number(credits), reason: 'included_raised' },
  }))
  for (let from = 0; from < events.length; from += eventsPerStatement) {
    await recordEvents(tx, context, events.slice(from, from + eventsPerStatement))
  }
}
