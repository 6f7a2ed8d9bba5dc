import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import type { WrittenDraft } from '#billing/actions/resolve-draft.ts'
import { units } from '#money/quantity.ts'
import { cards, Story } from '../support/billing-stories.ts'
import { assertSimulatesItself } from '../support/simulations.ts'

let story: Story
before(async () => {
  story = await Story.on('2041-01-31')
  const { client } = story.world
  await client.features.create({ code: 'calls', name: 'Calls', type: 'usage' })
  await client.features.create({ code: 'members', name: 'Members', type: 'seats' })
  await client.features.create({ code: 'projects', name: 'Projects', type: 'quota' })
  await client.creditPacks.create({ name: 'Pack', credits: 30, price: 500 })
})
after(() => story.close())

type Setting = {
  readonly model: 'metered' | 'credits' | 'balance'
  readonly interval: 'weekly' | 'monthly' | 'quarterly' | 'yearly' | 'one_time'
  readonly trialDays: number
  readonly intro: { type: 'percentage' | 'amount'; value: number; cycles: number } | null
  readonly price: number
  readonly seats: number
  readonly card: string
  readonly blocks: boolean
  readonly isEdited: boolean
}

const setting: fc.Arbitrary<Setting> = fc.record({
  model: fc.constantFrom('metered', 'metered', 'credits', 'balance'),
  interval: fc.constantFrom('weekly', 'monthly', 'monthly', 'quarterly', 'yearly', 'one_time'),
  trialDays: fc.constantFrom(0, 0, 10, 40),
  intro: fc.option(
    fc.record({
      type: fc.constantFrom('percentage' as const, 'amount' as const),
      value: fc.integer({ min: 1, max: 9_999 }),
      cycles: fc.integer({ min: 1, max: 3 }),
    }),
  ),
  price: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 100, max: 9_999 })),
  seats: fc.integer({ min: 0, max: 4 }),
  card: fc.constantFrom(cards.good, cards.good, cards.good, cards.failsLater),
  blocks: fc.boolean(),
  isEdited: fc.boolean(),
})

type Act =
  | { readonly kind: 'wait'; readonly days: number; readonly isBilled: boolean }
  | { readonly kind: 'use'; readonly units: number }
  | { readonly kind: 'hold'; readonly feature: 'members' | 'projects'; readonly count: number }
  | { readonly kind: 'buy' | 'cancel' | 'uncancel' | 'cancelNow' }
  | { readonly kind: 'adjust'; readonly amount: number }
  | { readonly kind: 'cap'; readonly amount: number }
  | { readonly kind: 'price'; readonly price: number }
  | { readonly kind: 'terms'; readonly feature: string; readonly included: number; readonly unitPrice: number }

const kindOf = <K extends string>(...kinds: readonly K[]) => fc.constantFrom(...kinds)
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: kindOf('wait'), days: fc.integer({ min: 1, max: 40 }), isBilled: fc.boolean() }),
  },
  { weight: 4, arbitrary: fc.record({ kind: kindOf('use'), units: fc.integer({ min: 1, max: 40 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kindOf('hold'),
      feature: kindOf('members', 'projects'),
      count: fc.integer({ min: 0, max: 12 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kindOf('buy', 'buy', 'cancel', 'uncancel', 'cancelNow') }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: kindOf('adjust'), amount: fc.integer({ min: -50, max: 50 }).filter((n) => n !== 0) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kindOf('cap'), amount: fc.integer({ min: 0, max: 500 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: kindOf('price'), price: fc.integer({ min: 100, max: 9_999 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: kindOf('terms'),
      feature: kindOf('calls', 'members', 'projects'),
      included: fc.integer({ min: 0, max: 6 }),
      unitPrice: fc.integer({ min: 1, max: 90_000 }),
    }),
  },
)

let lives = 0
/** Plans whose terms never changed, with all they say. */
const wholly = new Map<string, Omit<WrittenDraft, 'planCode'>>()

async function live(given: Setting, acts: readonly Act[]): Promise<void> {
  const [customer, code] = [`customer-${++lives}`, `plan_${lives}`]
  const plan = await newPlan(code, given)
  await story.join(customer, code, {
    card: given.card,
    // In a trial nothing is sold beyond what is included.
    ...(given.seats > 0 && given.trialDays === 0 ? { initialSeats: { members: given.seats } } : {}),
  })
  for (const one of acts) await carryOut(customer, plan, given, one)
  await story.bill()
  await assertSimulatesItself(story.world, { planCode: code })
  const written = wholly.get(code)
  if (written) await assertSimulatesItself(story.world, { planCode: code, draft: written })
  const { status } = await story.subscription(customer)
  if (status !== 'canceled' && given.interval !== 'one_time') await story.cancel(customer, { immediate: true })
  await assertSimulatesItself(story.world, { planCode: code })
}

async function newPlan(code: string, given: Setting): Promise<string> {
  const { client } = story.world
  const { model, interval, price, trialDays, intro, blocks, isEdited } = given
  const { data } = await client.plans.create({
    code,
    name: code,
    consumptionModel: model,
    ...(model === 'balance' ? { blockOnExhaustion: blocks } : {}),
  })
  assert(data)
  const overage = { enabled: true, unitPrice: 1_234 }
  const calls = model === 'credits' ? { creditsPerUnit: 2 } : { includedAmount: 3, overage }
  await client.plans.addFeature({ id: data.id, featureId: 'calls', ...calls })
  const beyond = { includedAmount: 2, overage: { enabled: true, unitPrice: 70_000 } }
  for (const featureId of ['members', 'projects']) await client.plans.addFeature({ id: data.id, featureId, ...beyond })
  await client.plans.addPrice({
    id: data.id,
    billingInterval: interval,
    price,
    ...(interval === 'one_time' || trialDays === 0 ? {} : { trialDays }),
    ...(intro
      ? {
          introOffer: {
            enabled: true,
            discountType: intro.type,
            discountValue: intro.value,
            durationCycles: intro.cycles,
          },
        }
      : {}),
    ...(model === 'credits' ? { includedCredits: 25 } : {}),
    ...(model === 'balance' ? { includedBalance: 20_000 } : {}),
  })
  if (!isEdited) wholly.set(code, draftOf(given))
  return data.id
}

function draftOf({ model, interval, price, blocks }: Setting): Omit<WrittenDraft, 'planCode'> {
  const overage = { enabled: true, unitPrice: 1_234n }
  const calls = model === 'credits' ? { creditsPerUnit: 2n } : { includedAmount: units(3), overage }
  const beyond = { includedAmount: units(2), unlimited: false, overage: { enabled: true, unitPrice: 70_000n } }
  return {
    ...(model === 'balance' ? { blockOnExhaustion: blocks } : {}),
    discounts: 'keep',
    prices: [
      {
        billingInterval: interval,
        price: BigInt(price),
        ...(model === 'credits' ? { includedCredits: 25n } : {}),
        ...(model === 'balance' ? { includedBalance: 20_000n } : {}),
      },
    ],
    features: [
      { code: 'calls', enabled: true, ...calls },
      { code: 'members', ...beyond },
      { code: 'projects', ...beyond },
    ],
  }
}

const refusals = new Set([
  'included_limit_reached',
  'no_active_subscription',
  'insufficient_credits',
  'insufficient_balance',
  'subscription_already_canceled',
  'already_scheduled',
  'not_scheduled_for_cancellation',
  'one_time_subscription_not_cancelable',
  'subscription_not_active',
  'invalid_subscription_status',
  'charge_failed',
  'payment_failed',
  'no_payment_method',
  'validation_error',
])

/** What a customer may not do now is left undone. */
async function attempt(work: Promise<unknown>): Promise<void> {
  await work.catch((error: { code?: string }) => {
    if (!refusals.has(error.code ?? '')) throw error
  })
}

async function carryOut(customerId: string, plan: string, given: Setting, one: Act): Promise<void> {
  const { client, request } = story.world
  const { id } = await story.subscription(customerId)
  switch (one.kind) {
    case 'wait':
      await client.testClock.advance({ advanceDays: one.days })
      if (one.isBilled) await story.bill()
      return
    case 'use':
      return attempt(story.use(customerId, 'calls', one.units))
    case 'hold': {
      const change = { customerId, featureCode: one.feature, count: one.count }
      return attempt(one.feature === 'members' ? client.seats.set(change) : client.quota.set(change))
    }
    case 'buy':
      if (given.model === 'balance') return attempt(client.subscriptions.topupBalance({ id, amount: 150 }))
      if (given.model === 'credits') return attempt(buyCredits(id))
      return
    case 'adjust':
      if (given.model === 'metered') return
      return attempt(client.subscriptions.adjustBalance({ id, amount: one.amount, reason: 'a gift, or not' }))
    case 'cap':
      await request('PUT', `/api/v1/subscriptions/${id}/spend-cap`, { body: { amount: one.amount } })
      return
    case 'cancel':
      return attempt(story.cancel(customerId))
    case 'cancelNow':
      return attempt(story.cancel(customerId, { immediate: true }))
    case 'uncancel':
      return attempt(story.uncancel(customerId))
    case 'price':
      return given.isEdited ? story.changePrice(plan, one.price) : undefined
    case 'terms': {
      if (!given.isEdited) return
      const { feature: featureId, included: includedAmount, unitPrice } = one
      await attempt(
        client.plans.updateFeature({ id: plan, featureId, includedAmount, overage: { enabled: true, unitPrice } }),
      )
      return
    }
    default:
      return one satisfies never
  }
}

async function buyCredits(id: string): Promise<void> {
  const { data } = await story.world.client.creditPacks.list()
  await story.world.client.subscriptions.purchaseCredits({ id, creditPackId: data?.[0]?.id ?? '' })
}

/** The seed that a failure printed, to live its lives again. */
const seedOf = (text: string | undefined) => (text ? { seed: Number(text) } : {})

test('whatever a customer did, a draft that says what the plan said comes to what was invoiced', async () => {
  const stories = fc.asyncProperty(setting, fc.array(act, { minLength: 6, maxLength: 24 }), live)
  await fc.assert(stories, {
    numRuns: Number(process.env.LIVES ?? 6),
    endOnFailure: true,
    ...seedOf(process.env.SEED),
  })
})
