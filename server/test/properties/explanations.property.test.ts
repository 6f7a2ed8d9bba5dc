import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { Story } from '../support/billing-stories.ts'
import { explanationsOf } from '../support/explanations.ts'

let story: Story
before(async () => {
  story = await Story.on('2041-01-31')
  await story.world.client.features.create({ code: 'members', name: 'Members', type: 'seats' })
  await story.world.client.features.create({ code: 'projects', name: 'Projects', type: 'quota' })
})
after(() => story.close())

type Setting = {
  readonly interval: 'weekly' | 'monthly' | 'quarterly' | 'one_time'
  readonly trialDays: number
  readonly intro: { type: 'percentage' | 'amount'; value: number; cycles: number } | null
  readonly price: number
  readonly seats: number
}

const setting: fc.Arbitrary<Setting> = fc.record({
  interval: fc.constantFrom('weekly', 'monthly', 'quarterly', 'quarterly', 'quarterly', 'one_time'),
  trialDays: fc.constantFrom(0, 0, 10),
  intro: fc.option(
    fc.record({
      type: fc.constantFrom('percentage' as const, 'amount' as const),
      value: fc.integer({ min: 1, max: 9_999 }),
      cycles: fc.integer({ min: 1, max: 3 }),
    }),
  ),
  price: fc.integer({ min: 100, max: 9_999 }),
  seats: fc.integer({ min: 0, max: 2 }),
})

type Act =
  | { readonly kind: 'wait'; readonly days: number; readonly isBilled: boolean }
  | { readonly kind: 'use'; readonly units: number }
  | { readonly kind: 'hold'; readonly feature: 'members' | 'projects'; readonly count: number }
  | { readonly kind: 'price'; readonly price: number }
  | {
      readonly kind: 'terms'
      readonly feature: string
      readonly included: number
      readonly isSold: boolean
      readonly unitPrice: number
    }

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      days: fc.integer({ min: 1, max: 30 }),
      isBilled: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('use' as const), units: fc.integer({ min: 1, max: 40 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('hold' as const),
      feature: fc.constantFrom('members' as const, 'projects' as const),
      count: fc.integer({ min: 0, max: 12 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('price' as const), price: fc.integer({ min: 100, max: 9_999 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('terms' as const),
      feature: fc.constantFrom('calls', 'members', 'projects'),
      included: fc.integer({ min: 0, max: 6 }),
      isSold: fc.constantFrom(true, true, true, false),
      unitPrice: fc.integer({ min: 0, max: 90_000 }),
    }),
  },
)

let lives = 0

async function live(given: Setting, acts: readonly Act[]): Promise<void> {
  const [customer, code] = [`customer-${++lives}`, `plan_${lives}`]
  const plan = await newPlan(code, given)
  await story.join(customer, code, given.seats > 0 ? { initialSeats: { members: given.seats } } : {})
  for (const one of acts) await carryOut(customer, plan, one)
  await story.bill()
  const { status } = await story.subscription(customer)
  if (status !== 'canceled' && given.interval !== 'one_time') await story.cancel(customer, { immediate: true })
  for (const { number, lines, matches } of await explanationsOf(story.world, customer)) {
    assert.equal(matches, true, `${number}: ${JSON.stringify(lines, null, 1)}`)
  }
}

async function newPlan(code: string, { interval, trialDays, intro, price }: Setting): Promise<string> {
  const plan = await story.plan(code, {
    interval,
    price,
    ...(trialDays > 0 ? { trialDays } : {}),
    ...(intro ? { intro } : {}),
    features: { calls: { included: 3, beyond: 1_234 } },
  })
  for (const featureId of ['members', 'projects']) {
    const overage = { enabled: true, unitPrice: 70_000 }
    await story.world.client.plans.addFeature({ id: plan, featureId, includedAmount: 2, overage })
  }
  return plan
}

const refusals = ['included_limit_reached', 'no_active_subscription']

/** What a customer may not do now is left undone. */
async function attempt(work: Promise<unknown>): Promise<void> {
  await work.catch((error: { code?: string }) => {
    if (!refusals.includes(error.code ?? '')) throw error
  })
}

async function carryOut(customerId: string, plan: string, act: Act): Promise<void> {
  const { client } = story.world
  switch (act.kind) {
    case 'wait':
      await client.testClock.advance({ advanceDays: act.days })
      if (act.isBilled) await story.bill()
      return
    case 'use':
      return attempt(story.use(customerId, 'calls', act.units))
    case 'hold': {
      const change = { customerId, featureCode: act.feature, count: act.count }
      return attempt(act.feature === 'members' ? client.seats.set(change) : client.quota.set(change))
    }
    case 'price':
      return story.changePrice(plan, act.price)
    case 'terms': {
      const { feature: featureId, included: includedAmount, isSold: enabled, unitPrice } = act
      await client.plans.updateFeature({ id: plan, featureId, includedAmount, overage: { enabled, unitPrice } })
      return
    }
    default:
      return act satisfies never
  }
}

test('whatever a customer does and however terms change, every line comes to what was invoiced', async () => {
  const stories = fc.asyncProperty(setting, fc.array(act, { minLength: 8, maxLength: 24 }), live)
  await fc.assert(stories, { numRuns: Number(process.env.LIVES ?? 6), endOnFailure: true })
})
