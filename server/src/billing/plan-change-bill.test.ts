import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { billPlanChange, type PlanChangeFacts } from '#billing/plan-change-bill.ts'
import { type DraftLine, line, totalsOf } from '#invoicing/invoice-draft.ts'
import { currency } from '#money/currency.ts'
import { units } from '#money/quantity.ts'
import type { WindowPlan } from '#subscriptions/schedule.ts'

const day = (text: string) => Temporal.PlainDate.from(text)
const june = { start: day('2041-06-01'), end: day('2041-07-01') }

function window(number: number, start: string, end: string): WindowPlan {
  const [startsOn, endsOn] = [day(start), day(end)]
  return { number, kind: 'paid', startsOn, endsOn, periodStart: startsOn, periodEnd: endsOn }
}

/** $29 paid for June, changed on the 16th to $99. */
function facts(over: Partial<PlanChangeFacts> = {}): PlanChangeFacts {
  return {
    currency: currency('usd'),
    today: day('2041-06-16'),
    closed: { window: window(1, '2041-06-01', '2041-07-01'), terms: [], used: new Map(), ledger: null },
    charged: { planName: 'Pro', amount: 2900n, windowNumber: 1, period: june },
    next: window(2, '2041-06-16', '2041-07-16'),
    base: { planName: 'Business', price: 9900n, listed: null },
    trueUps: [],
    advances: [],
    waiting: [],
    ...over,
  }
}

const seats = (amount: bigint): DraftLine =>
  line({ lineType: 'feature_seats', description: 'Seats', quantity: units(1), unitAmount: amount, amount })

test('$29 to $99 with 15 of 30 days left: $99.00 less $14.50', () => {
  const { lines, ...amounts } = billPlanChange(facts())
  assert.deepEqual(amounts, { charge: 9900n, credit: 1450n, kept: 0n })
  assert.equal(totalsOf(lines, 0n).total, 8450n)
  assert.deepEqual(
    lines.map(({ lineType, amount, description }) => [lineType, amount, description]),
    [
      ['plan_base', 9900n, 'Business'],
      ['credit', -1450n, 'Unused Pro: 15 of 30 days'],
    ],
  )
})

test('an overdraft, increases and an advance come on top, at no less for the credit', () => {
  const closed = { ...facts().closed, ledger: { overdraft: 30_000n } }
  const bill = billPlanChange(facts({ closed, trueUps: [seats(500n)], advances: [seats(4000n)] }))
  assert.deepEqual([bill.charge, bill.credit], [9900n + 300n + 500n + 4000n, 1450n])
})

test('of a one-time plan all of it comes off, whenever it was bought', () => {
  const charged = { planName: 'Basic', amount: 9900n, windowNumber: 1, period: null }
  const bill = billPlanChange(facts({ charged, base: { planName: 'Full', price: 19_900n, listed: null } }))
  assert.deepEqual([bill.charge, bill.credit, bill.kept], [19_900n, 9900n, 0n])
})

test('in a trial nothing is given back, and there is no line of nothing', () => {
  const bill = billPlanChange(facts({ charged: null }))
  assert.deepEqual(
    bill.lines.map(({ lineType }) => lineType),
    ['plan_base'],
  )
})

test('a credit of more than is charged is cut to it, and the rest is kept', () => {
  const charged = { planName: 'Business', amount: 29_900n, windowNumber: 1, period: june }
  const bill = billPlanChange(facts({ charged }))
  assert.deepEqual([bill.charge, bill.credit, bill.kept], [9900n, 14_950n, 5050n])
  assert.equal(totalsOf(bill.lines, 0n).total, 0n)
})

test('nothing gets lost: charge − credit + kept is the total, which is never below zero', () => {
  const law = fc.property(
    fc.bigInt({ min: 0n, max: 10n ** 9n }),
    fc.bigInt({ min: 1n, max: 10n ** 9n }),
    fc.bigInt({ min: 0n, max: 10n ** 6n }),
    fc.integer({ min: 0, max: 29 }),
    (price, paid, owed, gone) => {
      const bill = billPlanChange(
        facts({
          today: june.start.add({ days: gone }),
          charged: { planName: 'Pro', amount: paid, windowNumber: 1, period: june },
          base: { planName: 'Business', price, listed: null },
          advances: owed === 0n ? [] : [seats(owed)],
        }),
      )
      const { total, subtotal } = totalsOf(bill.lines, 0n)
      assert.equal(total, bill.charge - bill.credit + bill.kept)
      assert.equal(subtotal, total)
      assert.ok(total >= 0n && bill.kept >= 0n && (bill.kept === 0n || total === 0n))
      // The days left are worth no more than they cost, and all of them are worth all of it.
      assert.ok(bill.credit <= paid && (gone > 0 || bill.credit === paid))
    },
  )
  fc.assert(law)
})
