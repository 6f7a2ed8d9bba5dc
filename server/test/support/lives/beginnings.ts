import fc from 'fast-check'
import { cards } from '../billing-stories.ts'

export type Interval = 'weekly' | 'monthly' | 'quarterly' | 'yearly'
export type Model = 'metered' | 'credits' | 'balance'
export type PlanName = 'free' | 'small' | 'big' | 'once' | 'more'

/** A place with its own currency and taxes, or without: BR has a price of its own, CA two taxes, US a state's. */
export type Place = 'US' | 'DE' | 'FR' | 'JP' | 'BR' | 'CA'

/** A world: when its story begins, what is sold there and where its seller charges tax. Amounts are minor units of USD. */
export type Setting = {
  readonly day: number
  readonly model: Model
  readonly price: number
  readonly trialDays: number
  readonly intro: { readonly type: 'percentage' | 'amount'; readonly value: number; readonly cycles: number } | null
  /** Prices in euro, real and yen, and dollars of the United States. */
  readonly isRegional: boolean
  readonly isTaxed: boolean
  /** Lived a second time in another world, whose books must be the same. */
  readonly isTwinned: boolean
}

/** Who lives there, and how they begin. */
export type Resident = {
  readonly plan: PlanName
  readonly interval: Interval
  readonly seats: number
  readonly card: string
  readonly code: 'SHARE' | 'FIXED' | null
  readonly place: Place
  /** No tax: an exemption, or a tax number of a company. */
  readonly relief: 'exempt' | 'company' | null
}

export const models = ['metered', 'credits', 'balance'] as const
export const intervals = ['weekly', 'monthly', 'quarterly', 'yearly'] as const

const price = fc.oneof(
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 60 }) },
  { weight: 4, arbitrary: fc.integer({ min: 100, max: 9_999 }) },
)

const intro = fc.record({
  type: fc.constantFrom('percentage' as const, 'percentage' as const, 'amount' as const),
  value: fc.constantFrom(3_333, 5_000, 10_000),
  cycles: fc.integer({ min: 1, max: 3 }),
})

export const setting: fc.Arbitrary<Setting> = fc.record({
  day: fc.integer({ min: 0, max: 365 }),
  model: fc.constantFrom('metered' as const, ...models),
  price,
  trialDays: fc.constantFrom(0, 0, 0, 10, 45),
  intro: fc.option(intro, { freq: 2 }),
  isRegional: fc.boolean(),
  isTaxed: fc.boolean(),
  isTwinned: fc.constantFrom(false, false, true),
})

export const resident: fc.Arbitrary<Resident> = fc.record({
  plan: fc.constantFrom('small', 'small', 'small', 'big', 'free', 'once'),
  interval: fc.constantFrom('weekly', 'monthly', 'monthly', 'quarterly', 'yearly'),
  seats: fc.integer({ min: 0, max: 3 }),
  card: fc.constantFrom(cards.good, cards.good, cards.good, cards.failsLater),
  code: fc.constantFrom(null, null, 'SHARE', 'FIXED'),
  place: fc.constantFrom('US', 'DE', 'FR', 'JP', 'BR', 'CA'),
  relief: fc.constantFrom(null, null, null, 'exempt', 'company'),
})
