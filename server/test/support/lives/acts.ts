import fc from 'fast-check'
import { cards } from '../billing-stories.ts'

/** How a life begins. */
export type Beginning = {
  readonly model: 'metered' | 'credits' | 'balance'
  readonly interval: 'weekly' | 'monthly' | 'quarterly' | 'yearly'
  readonly trialDays: number
  readonly price: number
  readonly seats: number
  readonly card: string
  readonly intro: number | null
  readonly hasCode: boolean
  /** Where the customer pays from: some plans have prices and rates of their own there. */
  readonly country: 'US' | 'DE' | 'JP'
  readonly isTaxed: boolean
}

export type Act =
  | { readonly kind: 'wait'; readonly days: number; readonly isBilled: boolean }
  | { readonly kind: 'use'; readonly feature: 'calls' | 'maps'; readonly units: number }
  | { readonly kind: 'hold'; readonly feature: 'members' | 'projects'; readonly count: number }
  | { readonly kind: 'change'; readonly to: 'small' | 'big' | 'free'; readonly interval: Beginning['interval'] | null }
  | { readonly kind: 'adjust'; readonly amount: number }
  | { readonly kind: 'pricing'; readonly plan: 'small' | 'big'; readonly price: number }
  | { readonly kind: 'terms'; readonly plan: 'small' | 'big'; readonly included: number; readonly unitPrice: number }
  | { readonly kind: 'cap'; readonly amount: number }
  | {
      readonly kind:
        | 'cancel'
        | 'cancelNow'
        | 'uncancel'
        | 'reactivate'
        | 'refund'
        | 'retry'
        | 'buy'
        | 'addon'
        | 'dropAddon'
        | 'newCard'
        | 'settle'
        | 'subscribe'
    }

const kind = <K extends string>(...kinds: readonly K[]) => fc.constantFrom(...kinds)

export const beginning: fc.Arbitrary<Beginning> = fc.record({
  model: kind('metered', 'metered', 'metered', 'credits', 'balance'),
  interval: kind('weekly', 'monthly', 'monthly', 'quarterly', 'yearly'),
  trialDays: fc.constantFrom(0, 0, 0, 10),
  price: fc.oneof(
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 60 }) },
    { weight: 4, arbitrary: fc.integer({ min: 100, max: 9_999 }) },
  ),
  seats: fc.integer({ min: 0, max: 3 }),
  card: fc.constantFrom(cards.good, cards.good, cards.good, cards.failsLater),
  intro: fc.constantFrom(null, null, 5_000, 3_333),
  hasCode: fc.boolean(),
  country: kind('US', 'US', 'DE', 'JP'),
  isTaxed: fc.boolean(),
})

export const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: kind('wait'),
      days: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 1, max: 40 }) },
        { weight: 1, arbitrary: fc.integer({ min: 41, max: 200 }) },
      ),
      isBilled: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: kind('use'),
      feature: kind('calls', 'calls', 'maps'),
      units: fc.integer({ min: 1, max: 60 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kind('hold'),
      feature: kind('members', 'projects'),
      count: fc.integer({ min: 0, max: 9 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: kind('change'),
      to: kind('small', 'big', 'big', 'free'),
      interval: fc.constantFrom(
        null,
        null,
        'weekly' as const,
        'monthly' as const,
        'quarterly' as const,
        'yearly' as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('adjust'), amount: fc.constantFrom(-5_000, -700, 900) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: kind('pricing'),
      plan: kind('small', 'big'),
      price: fc.integer({ min: 100, max: 9_999 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: kind('terms'),
      plan: kind('small', 'big'),
      included: fc.integer({ min: 0, max: 6 }),
      unitPrice: fc.integer({ min: 1, max: 90_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('cap'), amount: fc.integer({ min: 0, max: 900 }) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: kind(
        'cancel',
        'cancelNow',
        'uncancel',
        'reactivate',
        'reactivate',
        'refund',
        'retry',
        'buy',
        'addon',
        'addon',
        'dropAddon',
        'newCard',
        'settle',
        'subscribe',
      ),
    }),
  },
)
