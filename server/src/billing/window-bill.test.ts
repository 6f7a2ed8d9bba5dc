import assert from 'node:assert/strict'
import { test } from 'node:test'
import { billFinally, billWindow, type ClosedWindow, type WindowFacts } from '#billing/window-bill.ts'
import type { FeatureTerms } from '#catalogue/feature-terms.ts'
import { type DraftLine, line } from '#invoicing/invoice-draft.ts'
import { currency } from '#money/currency.ts'
import { units } from '#money/quantity.ts'
import type { WindowKind, WindowPlan } from '#subscriptions/schedule.ts'

const day = (text: string) => Temporal.PlainDate.from(text)
const march = windowOf('paid', 3, '2027-03-01', '2027-04-01')
const april = windowOf('paid', 4, '2027-04-01', '2027-05-01')

function windowOf(kind: WindowKind, number: number, start: string, end: string): WindowPlan {
  const [startsOn, endsOn] = [day(start), day(end)]
  return { number, kind, startsOn, endsOn, periodStart: startsOn, periodEnd: endsOn }
}

// 100 included, $0.10 for each one beyond.
const calls: FeatureTerms = {
  featureId: 'feat_1',
  code: 'calls',
  name: 'Calls',
  type: 'usage',
  unitName: null,
  enabled: true,
  includedAmount: units(100),
  unlimited: false,
  overageEnabled: true,
  overageUnitPrice: 1000n,
  creditsPerUnit: null,
  pricingMode: 'fixed',
  margin: null,
}

function closed(used: number, terms = calls, window = march): ClosedWindow {
  return { window, terms: [terms], used: new Map([['feat_1', units(used)]]), ledger: null }
}

function bill(used: number, given: Partial<WindowFacts> = {}) {
  const facts = { currency: currency('usd'), next: april, base: null, waiting: [], isCheckout: false }
  return billWindow({ ...closed(used), ...facts, ...given })
}

const base = { planName: 'Pro', price: 2900n, listed: null, discount: null }
const half = { kind: 'intro_offer', type: 'percentage', value: 5000n, name: null, cycles: 2, cyclesUsed: 1 } as const
const waiting: DraftLine = line({
  lineType: 'feature_overage',
  description: 'Calls',
  quantity: units(3),
  unitAmount: 1000n,
  amount: 30n,
})
const amounts = (lines: readonly DraftLine[]) => lines.map(({ amount }) => amount)

test('a window that is billed beyond a spend cap that stood before its usage is a fault, not an invoice', () => {
  const caps = (amount: bigint, featureId: string | null = null) => [{ featureId, amount }]
  assert.doesNotThrow(() => bill(120, { base, waiting: [waiting], caps: caps(200n) }))
  assert.throws(() => bill(120, { base, caps: caps(199n) }), /spend cap of 199/)
  assert.throws(() => bill(120, { base, caps: caps(199n, 'feat_1') }), /spend cap of 199/)
  assert.doesNotThrow(() => bill(120, { base, caps: caps(0n, 'feat_2') }))
  assert.throws(() => bill(0, { base, ledger: { overdraft: 50_050n }, caps: caps(500n) }), /spend cap of 500/)
})

test('a period that begins: base, what waited, overage of the window that ended; dated with the new period', () => {
  const result = bill(120, { base, waiting: [waiting] })
  assert(result.kind === 'invoice')
  assert.deepEqual([result.type, result.cause, result.discountUsed], ['recurring', 'window_end', false])
  assert.deepEqual(amounts(result.lines), [2900n, 30n, 200n])
  assert.deepEqual([`${result.periodStart}`, `${result.periodEnd}`], ['2027-04-01', '2027-05-01'])
})

test('a window in the middle of a period: its overage alone, dated with the window', () => {
  const result = bill(120)
  assert(result.kind === 'invoice')
  assert.deepEqual([result.type, result.cause], ['overage', 'window_end'])
  assert.deepEqual(amounts(result.lines), [200n])
  assert.deepEqual([`${result.periodStart}`, `${result.periodEnd}`], ['2027-03-01', '2027-04-01'])
})

test('nothing used beyond and no period to begin: nothing', () => {
  assert.deepEqual(bill(100), { kind: 'nothing' })
  assert.deepEqual(bill(0), { kind: 'nothing' })
})

test('49 cents wait, 50 are charged, with what waited before', () => {
  assert.equal(bill(104).kind, 'wait')
  assert.equal(bill(105).kind, 'invoice')
  const together = bill(102, { waiting: [waiting] })
  assert(together.kind === 'invoice')
  assert.deepEqual(amounts(together.lines), [30n, 20n])
})

test('what goes on waiting is not written down twice', () => {
  const result = bill(101, { waiting: [waiting] })
  assert(result.kind === 'wait')
  assert.deepEqual(amounts(result.lines), [10n])
})

test('a discount counts as used also where its period waits or costs nothing', () => {
  const used = (price: bigint, discount: NonNullable<WindowFacts['base']>['discount']) => {
    const result = bill(0, { base: { planName: 'Pro', price, listed: null, discount } })
    return 'discountUsed' in result && result.discountUsed && result.kind
  }
  assert.equal(used(2900n, half), 'invoice')
  assert.equal(used(80n, half), 'wait')
  assert.equal(used(2900n, { ...half, value: 10_000n }), 'invoice')
  assert.equal(used(2900n, { ...half, cyclesUsed: 2 }), false)
})

test('in a checkout there is no too little', () => {
  assert.equal(bill(0, { base: { ...base, price: 30n } }).kind, 'wait')
  assert.equal(bill(0, { base: { ...base, price: 30n }, isCheckout: true }).kind, 'invoice')
})

test('the end of a trial: the base alone, whatever was used', () => {
  const result = bill(500, { base, window: windowOf('trial', 3, '2027-03-01', '2027-03-15') })
  assert(result.kind === 'invoice')
  assert.equal(result.cause, 'trial_end')
  assert.deepEqual(amounts(result.lines), [2900n])
})

test('free plans bill nothing', () => {
  assert.deepEqual(bill(500, { window: windowOf('free', 3, '2027-03-01', '2027-04-01') }), { kind: 'nothing' })
})

test('unlimited, and overage switched off: nothing beyond is billed', () => {
  assert.deepEqual(bill(500, closed(500, { ...calls, unlimited: true })), { kind: 'nothing' })
  assert.deepEqual(bill(500, closed(500, { ...calls, overageEnabled: false })), { kind: 'nothing' })
})

test('the last bill: every window that was not billed, no base', () => {
  const windows = [closed(104), closed(110, calls, april)] as const
  const result = billFinally({ windows, currency: currency('usd'), waiting: [waiting] })
  assert(result.kind === 'invoice')
  assert.deepEqual([result.type, result.cause], ['overage', 'cancellation'])
  assert.deepEqual(amounts(result.lines), [30n, 40n, 100n])
  assert.deepEqual([`${result.periodStart}`, `${result.periodEnd}`], ['2027-03-01', '2027-05-01'])
})

test('less than the minimum charge is forgiven at the end', () => {
  assert.deepEqual(billFinally({ windows: [closed(104)], currency: currency('usd'), waiting: [] }), { kind: 'forgive' })
  assert.deepEqual(billFinally({ windows: [closed(0)], currency: currency('usd'), waiting: [] }), { kind: 'forgive' })
})

const addon = line({
  lineType: 'addon_base',
  description: 'Support',
  quantity: units(1),
  unitAmount: 1000n,
  amount: 1000n,
})

test('add-ons stand behind the plan base and its discount, before what waited and what was used', () => {
  const result = bill(120, { base: { ...base, discount: half }, addons: [addon], waiting: [waiting] })
  assert(result.kind === 'invoice')
  assert.deepEqual(
    result.lines.map(({ lineType }) => lineType),
    ['plan_base', 'discount', 'addon_base', 'feature_overage', 'feature_overage'],
  )
  assert.deepEqual(amounts(result.lines), [2900n, -1450n, 1000n, 30n, 200n])
})

test('on a free plan add-ons alone are a recurring invoice of the window they are for', () => {
  const free = (number: number, start: string, end: string) => ({
    ...windowOf('free', number, start, end),
    periodStart: day('2027-01-01'),
    periodEnd: null,
  })
  const windows = { window: free(3, '2027-03-01', '2027-04-01'), next: free(4, '2027-04-01', '2027-05-01') }
  const result = bill(500, { ...windows, addons: [addon] })
  assert(result.kind === 'invoice')
  assert.deepEqual(
    [result.type, `${result.periodStart}`, `${result.periodEnd}`],
    ['recurring', '2027-04-01', '2027-05-01'],
  )
  assert.deepEqual(amounts(result.lines), [1000n])
  assert.deepEqual(bill(500, { ...windows, addons: [] }), { kind: 'nothing' })
})

test('on a one-time plan add-ons are on the overage invoice of each window', () => {
  const forever = { ...april, periodStart: day('2027-01-01'), periodEnd: null }
  const result = bill(120, { next: forever, addons: [addon] })
  assert(result.kind === 'invoice')
  assert.deepEqual([result.type, amounts(result.lines)], ['overage', [1000n, 200n]])
})
