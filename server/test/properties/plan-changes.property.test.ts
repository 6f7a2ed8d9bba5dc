import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { ChangeStory } from '../support/plan-changes.ts'

/** Random lives of customers who change their plans; `halley verify` looks at the books of all of them at the end. */

let story: ChangeStory
const planIds = new Map<string, string>()
before(async () => {
  story = await ChangeStory.on('2041-01-31')
  for (const [code, { isFree, prices }] of Object.entries(plans)) {
    const [first, ...others] = Object.entries(prices)
    const features = { calls: { included: 10, ...(isFree ? {} : { beyond: 2_500 }) } }
    const price = first ? { interval: first[0] as Interval, price: first[1] } : {}
    const id = await story.plan(code, { isFree, features, ...price })
    for (const [interval, amount] of others) await story.price(id, { interval: interval as Interval, price: amount })
    if (!isFree) await story.seats(id, 2, 90_000)
    planIds.set(code, id)
  }
  await story.group(...planIds.values())
})
after(() => story.close())

const plans = {
  free: { isFree: true, prices: {} },
  small: { isFree: false, prices: { monthly: 3000, weekly: 900, yearly: 30_100 } },
  large: { isFree: false, prices: { monthly: 9900, weekly: 2900, yearly: 99_000 } },
} as const
type Interval = 'weekly' | 'monthly' | 'yearly'

const act = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('use' as const), units: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('hold' as const), seats: fc.integer({ min: 0, max: 4 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      plan: fc.constantFrom('free', 'small', 'large'),
      interval: fc.option(fc.constantFrom<Interval>('weekly', 'monthly', 'yearly'), { nil: undefined }),
    }),
  },
)
type Act = typeof act extends fc.Arbitrary<infer A> ? A : never

const dayMs = 86_400_000
const days = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / dayMs

/** What is given back, worked out a second time from what the API shows; half a cent goes up. */
async function unused(customer: string, today: string): Promise<number> {
  const { plan, currentPeriod, billingInterval } = await story.subscription(customer)
  if (!currentPeriod || billingInterval === null) return 0
  const whole = days(currentPeriod.start, currentPeriod.end)
  return Math.floor((2 * (plan.basePrice ?? 0) * days(today, currentPeriod.end) + whole) / (2 * whole))
}

class Life {
  readonly customer: string
  #day: string

  constructor(customer: string, day: string) {
    this.customer = customer
    this.#day = day
  }

  get day(): string {
    return this.#day
  }

  async take(one: Act): Promise<void> {
    switch (one.kind) {
      case 'wait':
        this.#day = new Date(Date.parse(this.#day) + one.days * dayMs).toISOString().slice(0, 10)
        return void (await story.until(this.#day))
      case 'use':
        return story.use(this.customer, 'calls', one.units).catch(onlyRefused)
      case 'hold':
        return story.hold(this.customer, one.seats).catch(onlyRefused)
      case 'change':
        return this.#change(planIds.get(one.plan) ?? '', one.interval)
      default:
        return one satisfies never
    }
  }

  async #change(planId: string, interval: Interval | undefined): Promise<void> {
    const expected = await unused(this.customer, this.#day)
    const preview = await story.preview(this.customer, planId, interval)
    const change = await story.change(this.customer, { newPlanId: planId, newBillingInterval: interval })
    const { data, error } = change.body
    if (change.status !== 200) {
      const refused = preview.body.error?.code
      assert.ok(refused === error.code || refused === 'plan_change_scheduled', `${refused} and ${error.code}`)
      return
    }
    if (data.scheduled === true) {
      assert.equal(preview.body.error?.code, 'plan_change_scheduled')
      return
    }
    assert.equal(preview.status, 200, JSON.stringify(preview.body))
    const { currentPlanCredit, newPlanCharge, estimatedTotal } = preview.body.data
    if (data.requiresCheckout) {
      assert.equal((await story.pay(data.checkoutUrl)).status, 200)
      const { plan, currentPeriod } = await story.subscription(this.customer)
      assert.deepEqual([plan.basePrice, currentPeriod?.start.slice(0, 10)], [newPlanCharge, this.#day])
      return
    }
    const { credit, charge, netAmount, creditsApplied, taxAmount, totalCharged } = data.billing
    assert.deepEqual([credit, data.currentPlan.price, totalCharged], [currentPlanCredit, newPlanCharge, estimatedTotal])
    assert.equal(credit, expected)
    assert.equal(netAmount, Math.max(0, charge - credit - creditsApplied))
    assert.ok(totalCharged === netAmount + taxAmount || totalCharged === 0)
    const { currentPeriod, scheduledPlanChange } = await story.subscription(this.customer)
    assert.deepEqual([currentPeriod?.start.slice(0, 10), scheduledPlanChange], [this.#day, null])
  }
}

function onlyRefused(error: { code?: string }): void {
  // Of the free plan: it sells nothing beyond, and has no seats.
  assert.ok(['included_limit_reached', 'feature_not_in_plan'].includes(error.code ?? ''), String(error))
}

let lives = 0
let day = '2041-01-31'

test('a preview is the change that follows, its credit the days that are left, and every line can be explained', async () => {
  const law = fc.asyncProperty(
    fc.constantFrom('small', 'large'),
    fc.array(act, { minLength: 4, maxLength: 14 }),
    async (plan, acts) => {
      const customer = `life_${++lives}`
      await story.join(customer, plan)
      const life = new Life(customer, day)
      for (const one of acts) await life.take(one)
      day = life.day
      await story.assertExplained(customer)
      await story.cancel(customer, { immediate: true })
      for (const told of await story.invoices(customer)) assert.doesNotMatch(told, /\.\.\S+ -\d/, told)
    },
  )
  await fc.assert(law, { numRuns: Number(process.env.RUNS ?? 8), endOnFailure: true })
})
