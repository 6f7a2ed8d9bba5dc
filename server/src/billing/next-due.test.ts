import assert from 'node:assert/strict'
import { test } from 'node:test'
import { activeAgain, type DueState, isReminderDue, nextDue } from '#billing/next-due.ts'

const day = (text: string) => Temporal.PlainDate.from(text)
const at = (text: string) => Temporal.Instant.from(text)

const monthly: DueState = {
  status: 'active',
  windowEnd: day('2027-04-01'),
  periodEnd: day('2027-04-01'),
  trialEndsOn: null,
  cancelRequestedAt: null,
  remindedOn: null,
  scheduledPlanId: null,
  scheduledPriceId: null,
  firstDeclinedAt: null,
  retries: 0,
}
const opened = at('2027-03-01T00:00:00Z')
const due = (state: DueState, now = opened) => String(nextDue(state, now))

test('a renewal is announced three days before it, then it is due', () => {
  assert.equal(due(monthly), '2027-03-29T00:00:00Z')
  assert.equal(isReminderDue(monthly, at('2027-03-28T23:59:59Z')), false)
  assert.equal(isReminderDue(monthly, at('2027-03-29T00:00:00Z')), true)
  const reminded = { ...monthly, remindedOn: day('2027-04-01') }
  assert.equal(due(reminded), '2027-04-01T00:00:00Z')
  assert.equal(isReminderDue(reminded, at('2027-03-30T00:00:00Z')), false)
})

test('a window inside a longer period comes first', () => {
  const quarterly = { ...monthly, periodEnd: day('2027-06-01') }
  assert.equal(due(quarterly), '2027-04-01T00:00:00Z')
  assert.equal(due({ ...quarterly, windowEnd: day('2027-06-01') }, at('2027-05-01T00:00:00Z')), '2027-05-29T00:00:00Z')
})

test('a trial is announced three days before its end, a shorter one at its start', () => {
  const trial: DueState = {
    ...monthly,
    status: 'trialing',
    windowEnd: day('2027-03-15'),
    periodEnd: day('2027-03-15'),
    trialEndsOn: day('2027-03-15'),
  }
  assert.equal(due(trial), '2027-03-12T00:00:00Z')
  const short = { ...trial, windowEnd: day('2027-03-03'), trialEndsOn: day('2027-03-03') }
  assert.equal(due(short, at('2027-03-01T15:00:00Z')), '2027-03-01T15:00:00Z')
})

test('what is going to end by a cancellation is not announced', () => {
  assert.equal(due({ ...monthly, cancelRequestedAt: opened }), '2027-04-01T00:00:00Z')
})

test('taken back within the last three days it is announced at once, on the last day not any more', () => {
  assert.equal(due(monthly, at('2027-03-30T10:00:00Z')), '2027-03-30T10:00:00Z')
  assert.equal(due(monthly, at('2027-04-01T10:00:00Z')), '2027-04-01T00:00:00Z')
  assert.equal(isReminderDue(monthly, at('2027-04-01T00:00:00Z')), false)
})

test('while a renewal is declined only its next try is due', () => {
  const declined: DueState = { ...monthly, status: 'past_due', firstDeclinedAt: at('2027-04-01T00:00:00Z') }
  assert.equal(due(declined), '2027-04-02T00:00:00Z')
  assert.equal(due({ ...declined, retries: 3 }), '2027-04-08T00:00:00Z')
  assert.equal(due({ ...declined, retries: 4 }), 'null')
  assert.equal(isReminderDue(declined, at('2027-04-05T00:00:00Z')), false)
})

test('free and one-time plans have no renewal, and nobody without access is due', () => {
  assert.equal(due({ ...monthly, periodEnd: null }), '2027-04-01T00:00:00Z')
  for (const status of ['past_due', 'canceled', 'pending_payment'] as const) {
    assert.equal(nextDue({ ...monthly, status }, opened), null)
  }
})

test('a period that a free plan follows is not announced, one that another paid plan follows is', () => {
  const toFree: DueState = { ...monthly, scheduledPlanId: 'plan_free' }
  assert.equal(due(toFree), '2027-04-01T00:00:00Z')
  assert.equal(isReminderDue(toFree, at('2027-03-30T00:00:00Z')), false)
  assert.equal(due({ ...toFree, scheduledPriceId: 'price_small' }), '2027-03-29T00:00:00Z')
  const trial: DueState = { ...toFree, status: 'trialing', trialEndsOn: day('2027-04-01') }
  assert.equal(due(trial), '2027-03-29T00:00:00Z')
})

test('who pays late is told of the next renewal if it is still to come, and of none that has passed', () => {
  const pastDue: DueState = { ...monthly, status: 'past_due', firstDeclinedAt: at('2027-03-25T00:00:00Z') }
  const again = (text: string) => {
    const { remindedOn, dueAt, status } = activeAgain(pastDue, at(text))
    return `${status} ${remindedOn} ${dueAt}`
  }
  assert.equal(again('2027-03-27T10:00:00Z'), 'active 2027-03-27 2027-03-29T00:00:00Z')
  assert.equal(again('2027-03-31T10:00:00Z'), 'active 2027-03-31 2027-03-31T10:00:00Z')
  assert.equal(again('2027-04-01T00:00:00Z'), 'active 2027-04-01 2027-04-01T00:00:00Z')
  assert.equal(again('2027-04-20T00:00:00Z'), 'active 2027-04-20 2027-04-01T00:00:00Z')
  const told = { ...pastDue, remindedOn: day('2027-04-01') }
  assert.equal(String(activeAgain(told, at('2027-03-30T00:00:00Z')).remindedOn), '2027-04-01')
})
