import fc from 'fast-check'
import { type Code, codes, type HeldCode, heldCodes, type ModelPlan, unit } from './customer.ts'
import type { CatalogueState, ModelTerms } from './terms.ts'

/** What a customer, their integrator or their seller may do in a sequence. */
export type Act =
  | { readonly kind: 'track'; readonly value: bigint; readonly key?: number; readonly hoursAgo?: number }
  | { readonly kind: 'setTotal'; readonly value: bigint; readonly key?: number }
  | { readonly kind: 'check'; readonly value: bigint }
  | { readonly kind: 'add' | 'set' | 'remove'; readonly code: HeldCode; readonly count: bigint }
  | { readonly kind: 'setAll'; readonly members: bigint; readonly guests: bigint }
  | { readonly kind: 'adjust'; readonly amount: bigint }
  | { readonly kind: 'purchase' }
  | { readonly kind: 'fund'; readonly included: bigint }
  | { readonly kind: 'topUp'; readonly amount: bigint }
  | { readonly kind: 'wait'; readonly days: number; readonly isBilled: boolean }
  | { readonly kind: 'change'; readonly code: Code; readonly state: CatalogueState }

export type Life = { readonly plan: ModelPlan; readonly acts: readonly Act[] }

const unitsUpTo = (max: number) => fc.integer({ min: 0, max }).map((units) => BigInt(units) * unit)
const sometimes = fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) })

/** Whole units, nothing, and decimals down to a millionth. */
const value = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 12 }).map((units) => BigInt(units) * unit) },
  { weight: 3, arbitrary: fc.bigInt({ min: 1n, max: 9_999_999n }) },
  { weight: 1, arbitrary: fc.constant(0n) },
)

const usagePrice = fc.oneof(
  fc.constantFrom(0n, 1n, 33n, 200n, 10_000n),
  fc.integer({ min: 0, max: 3_000 }).map((price) => BigInt(price)),
)
const includedCredits = fc.integer({ min: 0, max: 40 }).map((credits) => BigInt(credits))
const includedBalance = fc.integer({ min: 0, max: 60_000 }).map((balance) => BigInt(balance))
const heldPrice = fc.constantFrom(3_300n, 7_500n, 100_000n, 250_000n)

/** Terms that a plan of this kind may have; free plans sell nothing beyond. */
function termsFor(code: Code, isFree: boolean): fc.Arbitrary<ModelTerms> {
  return fc.record({
    enabled: fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    included: unitsUpTo(10),
    unlimited: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    overage: isFree ? fc.constant(false) : fc.boolean(),
    price: code === 'calls' ? usagePrice : heldPrice,
    credits: fc.integer({ min: 1, max: 4 }).map((credits) => BigInt(credits)),
  })
}

function planOf(kind: { model: ModelPlan['model']; interval: ModelPlan['interval'] }): fc.Arbitrary<ModelPlan> {
  const isFree = kind.interval === 'free'
  return fc.record({
    model: fc.constant(kind.model),
    interval: fc.constant(kind.interval),
    base: fc.constantFrom(700n, 2_900n),
    blocks: kind.model === 'balance' ? fc.boolean() : fc.constant(false),
    includedCredits,
    includedBalance,
    features: fc.record({
      calls: termsFor('calls', isFree),
      members: termsFor('members', isFree),
      guests: termsFor('guests', isFree),
      sites: termsFor('sites', isFree),
    }),
  })
}

function changeOf(isFree: boolean): fc.Arbitrary<Act> {
  const one = (code: Code) =>
    fc
      .oneof<fc.Arbitrary<CatalogueState>[]>(termsFor(code, isFree), termsFor(code, isFree), fc.constant('absent'))
      .map((state) => ({ kind: 'change', code, state }) as const)
  return fc.constantFrom(...codes).chain(one)
}

function actOf({ model, interval }: { model: ModelPlan['model']; interval: ModelPlan['interval'] }) {
  const count = fc.integer({ min: 1, max: 8 }).map((many) => BigInt(many))
  const heldCode = fc.constantFrom(...heldCodes)
  const track = fc.record(
    {
      kind: fc.constant('track' as const),
      value,
      key: fc.integer({ min: 1, max: 3 }),
      hoursAgo: fc.oneof(fc.integer({ min: 1, max: 24 * 40 }), fc.integer({ min: 24 * 40, max: 24 * 95 })),
    },
    { requiredKeys: ['kind', 'value'] },
  )
  const setTotal = fc.record(
    { kind: fc.constant('setTotal' as const), value, key: fc.integer({ min: 1, max: 3 }) },
    { requiredKeys: ['kind', 'value'] },
  )
  const ledger = model === 'metered' ? 1 : 6
  return fc.oneof<fc.WeightedArbitrary<Act>[]>(
    { weight: 14, arbitrary: track as fc.Arbitrary<Act> },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('check' as const), value }) },
    { weight: model === 'metered' ? 3 : 1, arbitrary: setTotal as fc.Arbitrary<Act> },
    { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('add', 'set', 'remove'), code: heldCode, count }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('setAll' as const), members: count, guests: count }) },
    {
      weight: ledger,
      arbitrary: fc.oneof<fc.Arbitrary<Act>[]>(
        fc.record({
          kind: fc.constant('adjust' as const),
          amount: fc
            .integer({ min: -30, max: 30 })
            .map((amount) => BigInt(amount || 1) * (model === 'balance' ? 997n : 1n)),
        }),
        fc.constant({ kind: 'purchase' }),
        fc.record({
          kind: fc.constant('fund' as const),
          included: model === 'balance' ? includedBalance : includedCredits,
        }),
        fc.record({ kind: fc.constant('topUp' as const), amount: fc.integer({ min: 40, max: 400 }).map(BigInt) }),
      ),
    },
    {
      weight: 7,
      arbitrary: fc.record({
        kind: fc.constant('wait' as const),
        days: fc.integer({ min: 1, max: interval === 'weekly' ? 12 : 45 }),
        isBilled: sometimes.map((isLazy) => !isLazy),
      }),
    },
    { weight: 4, arbitrary: changeOf(interval === 'free') },
  )
}

/** A plan of any model and interval, and what happens on it. */
export const life: fc.Arbitrary<Life> = fc
  .record({
    model: fc.constantFrom('metered', 'metered', 'credits', 'balance'),
    interval: fc.constantFrom('weekly', 'monthly', 'monthly', 'quarterly', 'yearly', 'free'),
  } as const)
  .chain((kind) =>
    fc.record({ plan: planOf(kind), acts: fc.array(actOf(kind), { minLength: 6, maxLength: 24, size: 'max' }) }),
  )
