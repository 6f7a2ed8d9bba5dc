import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ChangeStory } from '../../support/plan-changes.ts'

/**
 * A simulation knows one life of a subscription from the next, also where both lie at one moment of a standing clock: what a bill of
 * its own begins is none of what ended before, and a change of seats belongs to the window it was made in.
 */
const story = await ChangeStory.on('2041-09-21')
after(() => story.close())
const { world } = story

/** What was invoiced of seats, and what would have been under a draft that says so many are included. */
async function seatsUnder(planCode: string, customerId: string, includedAmount?: number): Promise<[number, number]> {
  const features = includedAmount === undefined ? [] : [{ code: 'seats', includedAmount }]
  const { status, body } = await world.request('POST', '/api/v1/billing/simulations', {
    body: { plan: { planCode, features }, customerId },
  })
  assert.equal(status, 200, JSON.stringify(body))
  const seats = body.data.totals[0].lines.find(({ lineType }: { lineType: string }) => lineType === 'feature_seats')
  return [seats?.invoiced ?? 0, seats?.simulated ?? 0]
}

async function refundLast(customer: string): Promise<void> {
  const { body } = await world.request('GET', `/api/v1/transactions?customerId=${customer}`)
  assert.equal(
    (await world.request('POST', `/api/v1/transactions/${body.data[0].id}/refund`, { body: {} })).status,
    200,
  )
}

async function reactivate(customer: string): Promise<void> {
  const { id } = await story.subscription(customer)
  const { status, body } = await world.request('POST', `/api/v1/subscriptions/${id}/reactivate`, { body: {} })
  assert.equal(status, 200, JSON.stringify(body))
}

test('a one-time plan refunded and begun anew at one moment: the window that ended bills no seats of the next', async () => {
  await story.seats(await story.plan('once', { interval: 'one_time', price: 5000 }), 0, 100_000)
  await story.join('ada', 'once', { initialSeats: { seats: 3 } })
  await story.until('2041-10-18')
  await refundLast('ada')
  await reactivate('ada')
  await story.until('2041-11-19')
  assert.deepEqual(await story.invoices('ada'), [
    'recurring paid 2041-09-21..2041-10-21 8000 = plan_base 5000 + feature_seats 3000',
    'reactivation paid 2041-10-18..2041-11-18 8000 = plan_base 5000 + feature_seats 3000',
    'overage paid 2041-10-18..2041-11-18 3000 = feature_seats 3000',
  ])
  assert.deepEqual(await seatsUnder('once', 'ada'), [9000, 9000])
})

test('seats set, canceled and begun anew at one moment: what was set before is paid in advance, what came after is not', async () => {
  await story.seats(await story.plan('pro', { price: 2900 }), 5, 100_000)
  await story.join('bob', 'pro', { initialSeats: { seats: 7 } })
  await story.hold('bob', 4)
  await story.cancel('bob', { immediate: true })
  await reactivate('bob')
  await story.hold('bob', 6)
  await story.until('2041-12-20')
  // Two in advance, none at the new beginning, one added on its first day, and that one in advance with the renewal.
  const [invoiced, simulated] = await seatsUnder('pro', 'bob')
  assert.deepEqual([invoiced, simulated], [2000 + 1000 + 1000, 2000 + 1000 + 1000])
  // With two included: five, two at the new beginning, two more on its first day, and four with the renewal.
  assert.deepEqual(await seatsUnder('pro', 'bob', 2), [4000, 5000 + 2000 + 2000 + 4000])
})
