import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Running } from '#metering/access.ts'
import { noCaps } from '#metering/spend-cap.ts'
import { currentPlacement, placeEvent, windowAt } from '#metering/usage-window.ts'
import type { WindowKind } from '#subscriptions/schedule.ts'
import { startInstant } from '#time/period.ts'

const day = (text: string) => Temporal.PlainDate.from(text)
const at = (text: string) => Temporal.Instant.from(text)

/** Monthly from 1 June, in window number 3 (1 June to 1 July). */
function running(changes: Partial<Running> & { kind?: WindowKind } = {}): Running {
  const { kind = 'paid', ...rest } = changes
  const [startsOn, endsOn] = [day('2026-06-01'), day('2026-07-01')]
  return {
    subscriptionId: 'sub_1',
    status: 'active',
    epoch: 1n,
    plan: { id: 'pln_1', consumptionModel: 'metered' },
    addons: [],
    currency: 'usd',
    hasUsPricing: false,
    account: null,
    caps: noCaps,
    window: { number: 3, kind, startsOn, endsOn, periodStart: startsOn, periodEnd: endsOn },
    startsAtMs: startInstant(startsOn).epochMilliseconds,
    endsAtMs: startInstant(endsOn).epochMilliseconds,
    termsRevision: 1n,
    anchor: startsOn,
    billingInterval: 'monthly',
    trialEndsOn: null,
    cancelEffectiveOn: null,
    counted: [],
    isHolding: false,
    held: [],
    ...rest,
  }
}

function place(timestamp: string, now: string, state = running()): string {
  const placement = placeEvent(state, at(timestamp), at(now))
  return placement ? `${placement.window.number}${placement.isLate ? ' late' : ''}` : 'no access'
}

test('an event counts in the window that contains its timestamp, both ends at midnight UTC', () => {
  assert.equal(place('2026-06-01T00:00:00Z', '2026-06-20T12:00:00Z'), '3')
  assert.equal(place('2026-06-30T23:59:59.999Z', '2026-06-30T23:59:59.999Z'), '3')
  assert.equal(place('2026-07-01T00:00:00Z', '2026-06-30T23:58:00Z'), '4')
})

test('a window that has ended but is not billed yet still takes its events', () => {
  assert.equal(place('2026-06-30T23:00:00Z', '2026-07-01T06:00:00Z'), '3')
})

test('windows the billing engine has not come to are counted on from the running one', () => {
  assert.equal(place('2026-09-15T00:00:00Z', '2026-09-15T00:00:00Z'), '6')
})

test('an event of a billed window, or of before access began, counts late in the current window', () => {
  assert.equal(place('2026-05-31T23:59:59Z', '2026-06-20T12:00:00Z'), '3 late')
  assert.equal(place('2026-05-31T23:59:59Z', '2026-07-20T12:00:00Z'), '4 late')
})

test('nothing counts after a cancellation takes effect; what lies before it still does', () => {
  const canceled = running({ cancelEffectiveOn: day('2026-07-01') })
  assert.equal(place('2026-07-01T00:00:00Z', '2026-07-01T00:00:00Z', canceled), 'no access')
  assert.equal(place('2026-06-30T23:59:59Z', '2026-07-01T00:00:00Z', canceled), '3')
  assert.equal(place('2026-05-20T00:00:00Z', '2026-07-01T00:00:00Z', canceled), '3 late')
  assert.equal(currentPlacement(canceled, at('2026-07-01T00:00:00Z')), null)
})

test('a cancellation in the middle of a window ends access there', () => {
  const canceled = running({ cancelEffectiveOn: day('2026-06-10') })
  assert.equal(place('2026-06-09T23:59:59Z', '2026-06-09T23:59:59Z', canceled), '3')
  assert.equal(place('2026-06-10T00:00:00Z', '2026-06-10T00:00:00Z', canceled), 'no access')
})

test('after a trial the paid windows are counted from its end', () => {
  const trial = running({
    kind: 'trial',
    status: 'trialing',
    trialEndsOn: day('2026-06-15'),
    window: {
      number: 1,
      kind: 'trial',
      startsOn: day('2026-06-01'),
      endsOn: day('2026-06-15'),
      periodStart: day('2026-06-01'),
      periodEnd: day('2026-06-15'),
    },
    endsAtMs: startInstant(day('2026-06-15')).epochMilliseconds,
  })
  const window = windowAt(trial, at('2026-07-14T00:00:00Z'))
  assert.equal(
    `${window?.number} ${window?.kind} ${window?.startsOn} ${window?.endsOn}`,
    '2 paid 2026-06-15 2026-07-15',
  )
})
