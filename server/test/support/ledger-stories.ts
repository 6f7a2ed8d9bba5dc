import assert from 'node:assert/strict'
import type { Db } from '#database/transaction.ts'
import { type Named, newCustomer } from './usage-stories.ts'
import type { World } from './world.ts'

export type FundedPlan = {
  readonly model: 'credits' | 'balance'
  /** Code of its one usage feature. */
  readonly feature: string
  readonly creditsPerUnit?: number
  /** Rate scale. */
  readonly unitPrice?: number
  /** The feature is priced by AI model, with this margin in basis points. */
  readonly aiMargin?: number
  readonly includedCredits?: number
  /** Rate scale. */
  readonly includedBalance?: number
  readonly blockOnExhaustion?: boolean
  readonly interval?: 'weekly' | 'monthly' | 'quarterly' | 'yearly'
  readonly trialDays?: number
  readonly isFree?: boolean
}

let numbers = 0

/** A plan that draws on credits or a balance; 29 USD a month unless it is free. */
export async function fundedPlan({ client }: World, plan: FundedPlan): Promise<{ id: string }> {
  const code = `funded_${++numbers}`
  const { data } = await client.plans.create({
    code,
    name: `Funded ${numbers}`,
    consumptionModel: plan.model,
    isFree: plan.isFree ?? false,
    ...(plan.blockOnExhaustion === undefined ? {} : { blockOnExhaustion: plan.blockOnExhaustion }),
  })
  assert(data)
  await client.features.create({ code: plan.feature, name: plan.feature, type: 'usage' })
  await client.plans.addFeature({
    id: data.id,
    featureId: plan.feature,
    ...(plan.creditsPerUnit === undefined ? {} : { creditsPerUnit: plan.creditsPerUnit }),
    ...(plan.aiMargin === undefined ? {} : { pricingMode: 'ai_model' as const, margin: plan.aiMargin }),
    ...(plan.unitPrice === undefined ? {} : { overage: { enabled: plan.isFree !== true, unitPrice: plan.unitPrice } }),
  })
  await client.plans.addPrice({
    id: data.id,
    billingInterval: plan.interval ?? 'monthly',
    price: plan.isFree ? 0 : 2900,
    ...(plan.includedCredits === undefined ? {} : { includedCredits: plan.includedCredits }),
    ...(plan.includedBalance === undefined ? {} : { includedBalance: plan.includedBalance }),
    ...(plan.trialDays === undefined ? {} : { trialDays: plan.trialDays }),
  })
  return data
}

export type Funded = Named & { readonly subscriptionId: string }

/** A new customer on the plan, through the hosted checkout with the card 4242 where it is not free. */
export async function fundedCustomer(
  world: World,
  plan: { id: string },
  cardNumber = '4242424242424242',
): Promise<Funded> {
  const customer = await newCustomer(world)
  const { data } = await world.client.subscriptions.create({ customerId: customer.id, planId: plan.id })
  assert(data)
  if (data.checkoutUrl) await payCheckout(world, data.checkoutUrl, cardNumber)
  return { ...customer, subscriptionId: data.id }
}

async function payCheckout({ request }: World, checkoutUrl: string, number: string): Promise<void> {
  const { status, body } = await request('POST', `/hosted/v1/checkout/${checkoutUrl.split('/').at(-1)}/confirm`, {
    body: {
      email: 'ada@example.com',
      fullName: 'Ada Lovelace',
      address: { country: 'US', line1: '1 Main St', city: 'Springfield', postalCode: '12345', state: 'IL' },
      card: { number, expMonth: 12, expYear: 2034, cvc: '123' },
    },
  })
  assert.equal(body.data?.status, 'succeeded', `checkout answered ${status}`)
}

/** Moves the test clock and runs everything that is due then. */
export async function passDays({ client }: World, days: number): Promise<void> {
  await client.testClock.advance({ advanceDays: days })
  for (let runs = 0; runs < 50; runs++) {
    const { data } = await client.testClock.processBilling()
    if (data?.customersFound === 0) return
  }
}

/** The events of some kinds that were told of a customer, oldest first, without the ids everybody knows. */
export async function eventsOf(db: Db, orgId: string, kinds: string): Promise<Record<string, unknown>[]> {
  const rows = await db
    .selectFrom('event')
    .select(['type', 'data'])
    .where('org_id', '=', orgId)
    .where('type', 'like', `${kinds}.%`)
    .orderBy('id')
    .execute()
  return rows.map(({ type, data }) => {
    const { subscriptionId: _, customerId: __, ...rest } = data as Record<string, unknown>
    return { type, ...rest }
  })
}

/** The account's pots beside the sums of its entries. */
export async function potsOf(db: Db, orgId: string, subscriptionId: string) {
  const account = await db
    .selectFrom('ledger_account')
    .select(['plan_credits', 'purchased_credits', 'balance'])
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .executeTakeFirstOrThrow()
  const entries = await db
    .selectFrom('ledger_entry')
    .select(['kind', 'plan_credits', 'purchased_credits', 'balance'])
    .where('org_id', '=', orgId)
    .where('subscription_id', '=', subscriptionId)
    .orderBy('number')
    .execute()
  const sum = (pot: 'plan_credits' | 'purchased_credits' | 'balance') =>
    entries.reduce((total, entry) => total + entry[pot], 0n)
  assert.deepEqual(
    [sum('plan_credits'), sum('purchased_credits'), sum('balance')],
    [account.plan_credits, account.purchased_credits, account.balance],
    'the sum of the entries is what is held',
  )
  return { ...account, kinds: entries.map(({ kind }) => kind) }
}
