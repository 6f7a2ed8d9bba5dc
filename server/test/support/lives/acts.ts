import fc from 'fast-check'
import {
  type Interval,
  intervals,
  type Place,
  type PlanName,
  type Resident,
  resident,
  type Setting,
  setting,
} from './beginnings.ts'

const plain = [
  'cancel',
  'cancelNow',
  'uncancel',
  'reactivate',
  'refund',
  'dispute',
  'retry',
  'buy',
  'addon',
  'dropAddon',
  'newCard',
  'settle',
  'void',
  'subscribe',
  'release',
] as const

/** What a customer does, or the merchant with them. */
export type PersonalAct =
  | { readonly kind: 'use'; readonly feature: 'calls' | 'maps'; readonly units: number; readonly hoursAgo: number }
  | { readonly kind: 'hold'; readonly feature: 'members' | 'projects'; readonly count: number }
  | { readonly kind: 'change'; readonly to: PlanName; readonly interval: Interval | null }
  | { readonly kind: 'adjust' | 'correct' | 'charge'; readonly amount: number }
  | { readonly kind: 'cap'; readonly amount: number | null }
  | { readonly kind: 'reserve' | 'commit'; readonly units: number }
  | { readonly kind: 'decide'; readonly outcome: 'won' | 'lost' }
  | { readonly kind: 'badCard'; readonly card: string }
  | { readonly kind: 'move'; readonly place: Place }
  | { readonly kind: (typeof plain)[number] }

/** What the merchant does to the catalogue, in the middle of everybody's windows. */
export type CatalogueAct =
  | { readonly kind: 'pricing'; readonly plan: PlanName; readonly interval: Interval; readonly price: number }
  | { readonly kind: 'grant'; readonly plan: PlanName; readonly interval: Interval; readonly included: number }
  | {
      readonly kind: 'terms'
      readonly plan: PlanName
      readonly feature: 'calls' | 'members' | 'projects'
      readonly included: number
      readonly unitPrice: number
      readonly isSold: boolean
      readonly isUnlimited: boolean
    }
  | { readonly kind: 'takeFeature' | 'giveFeature'; readonly plan: PlanName; readonly feature: 'calls' | 'projects' }
  | { readonly kind: 'addonPrice'; readonly price: number; readonly rate: number }
  | { readonly kind: 'packPrice'; readonly price: number }
  | {
      readonly kind: 'exchange'
      readonly plan: PlanName
      readonly currency: 'eur' | 'jpy' | 'brl'
      readonly rate: number
    }
  | { readonly kind: 'taxRate'; readonly country: 'DE' | 'BR'; readonly percentage: number }
  | { readonly kind: 'visibility'; readonly plan: PlanName; readonly isPublic: boolean }
  | { readonly kind: 'retire'; readonly plan: PlanName }

export type Act =
  | { readonly kind: 'wait'; readonly days: number; readonly isBilled: boolean }
  | { readonly kind: 'personal'; readonly who: number; readonly act: PersonalAct }
  | { readonly kind: 'catalogue'; readonly act: CatalogueAct }

/** A world with one to three customers, and everything that happens in it, in order. */
export type Lives = {
  readonly setting: Setting
  readonly residents: readonly Resident[]
  readonly acts: readonly Act[]
}

const kind = <K extends string>(...kinds: readonly K[]) => fc.constantFrom(...kinds)
const plan = kind<PlanName>('small', 'small', 'big', 'big', 'free', 'once', 'more')
const unitPrice = fc.integer({ min: 1, max: 90_000 })

const personal: fc.Arbitrary<PersonalAct> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: kind('use'),
      feature: kind('calls', 'calls', 'maps'),
      units: fc.integer({ min: 1, max: 60 }),
      hoursAgo: fc.constantFrom(0, 0, 0, 1, 30),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: kind('hold'),
      feature: kind('members', 'projects'),
      count: fc.integer({ min: 0, max: 9 }),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({ kind: kind('change'), to: plan, interval: fc.option(kind(...intervals), { freq: 2 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('adjust'), amount: fc.constantFrom(-5_000, -700, 900) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('correct'), amount: fc.constantFrom(-9, 20, 30_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('charge'), amount: fc.integer({ min: 50, max: 5_000 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('cap'), amount: fc.option(fc.integer({ min: 0, max: 900 })) }) },
  { weight: 2, arbitrary: fc.record({ kind: kind('reserve', 'commit'), units: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('decide'), outcome: kind('won', 'lost') }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('badCard'), card: fc.constant('4000000000000341') }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('move'), place: kind<Place>('US', 'DE', 'FR', 'JP', 'BR', 'CA') }) },
  {
    weight: 8,
    arbitrary: fc.record({ kind: kind(...plain, 'reactivate', 'reactivate', 'addon', 'subscribe', 'subscribe') }),
  },
)

const catalogue: fc.Arbitrary<CatalogueAct> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: kind('pricing'),
      plan,
      interval: kind(...intervals),
      price: fc.integer({ min: 100, max: 9_999 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: kind('grant'),
      plan,
      interval: kind(...intervals),
      included: fc.integer({ min: 0, max: 90 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: kind('terms'),
      plan,
      feature: kind('calls', 'members', 'projects'),
      included: fc.integer({ min: 0, max: 6 }),
      unitPrice,
      isSold: fc.constantFrom(true, true, true, false),
      isUnlimited: fc.constantFrom(false, false, false, true),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: kind('takeFeature', 'giveFeature'), plan, feature: kind('calls', 'projects') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: kind('addonPrice'), price: fc.integer({ min: 0, max: 2_000 }), rate: unitPrice }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('packPrice'), price: fc.integer({ min: 0, max: 2_000 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: kind('exchange'),
      plan,
      currency: kind('eur', 'jpy', 'brl'),
      rate: fc.constantFrom(0.9, 1.37, 5.2, 151),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: kind('taxRate'),
      country: kind('DE', 'BR'),
      percentage: fc.constantFrom(0, 7, 19.975),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('visibility'), plan, isPublic: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('retire'), plan: kind<PlanName>('big', 'once') }) },
)

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      kind: kind('wait'),
      days: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 1, max: 40 }) },
        { weight: 1, arbitrary: fc.integer({ min: 41, max: 200 }) },
      ),
      isBilled: fc.boolean(),
    }),
  },
  { weight: 27, arbitrary: fc.record({ kind: kind('personal'), who: fc.nat({ max: 2 }), act: personal }) },
  { weight: 3, arbitrary: fc.record({ kind: kind('catalogue'), act: catalogue }) },
)

/** As many acts as there are customers to live through them. */
export const lives: fc.Arbitrary<Lives> = fc.array(resident, { minLength: 1, maxLength: 3 }).chain((residents) =>
  fc.record({
    setting,
    residents: fc.constant(residents),
    acts: fc.array(act, { minLength: 10 * residents.length, maxLength: 30 * residents.length }),
  }),
)
