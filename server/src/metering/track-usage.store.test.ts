import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { sql } from 'kysely'
import { createMetering } from '#metering/metering.ts'
import { units } from '#money/quantity.ts'
import { cloneDatabase } from '../../test/support/database.ts'
import {
  changeTerms,
  endSubscription,
  type Metered,
  newMeteredCustomers,
  rollWindow,
} from '../../test/support/metering.ts'
import { contextAt, newOrganisation, noon } from '../../test/support/organisations.ts'
import {
  countersAndEvents,
  countRefused,
  isRecorded,
  type Reported,
  report,
  withKey,
} from '../../test/support/usage.ts'

const database = await cloneDatabase({ max: 16 })
const { db } = database
// Two processes on one database, as far as metering is concerned.
const newProcess = () => createMetering({ db, address: database.url, machineNow: () => noon })
const [one, other] = [newProcess(), newProcess()]
after(async () => {
  await one.close()
  await other.close()
  await database.drop()
})

async function newSide() {
  return (await newOrganisation(db)).sandbox
}

/** Reports n times at once, in turns through both processes. */
function storm<T>(n: number, run: (metering: typeof one, index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: n }, (_, index) => run(index % 2 === 0 ? one : other, index)))
}

const first = ({ feature, customers: [customer] }: Metered) => {
  assert(customer)
  return { feature, customerId: customer.ownId, subscriptionId: customer.subscriptionId }
}

test('300 events at once on a limit of 100 sell exactly 100', async () => {
  const org = await newSide()
  const usage = first(await newMeteredCustomers(db, org, { included: 100 }))
  const reported = await storm(300, (metering) => report(metering, contextAt(org), usage))
  assert.equal(reported.filter(isRecorded).length, 100)
  assert.equal(countRefused(reported, 'included_limit_reached'), 200)
  assert.deepEqual(
    (await countersAndEvents(db, org)).map(({ counted }) => counted),
    ['100.000000 in 100'],
  )
})

test('events of mixed size never cross the limit, and only what does not fit is refused', async () => {
  const org = await newSide()
  const usage = first(await newMeteredCustomers(db, org, { included: 100 }))
  const sizes = Array.from({ length: 240 }, (_, index) => (index * 7) % 13)
  const reported = await storm(240, (metering, index) =>
    report(metering, contextAt(org), { ...usage, value: units(sizes[index] ?? 0) }),
  )
  const [row] = await countersAndEvents(db, org)
  assert.equal(row?.counted, row?.recorded)
  const total = Number(row?.counted.split(' ')[0])
  const refusedSizes = sizes.filter((_, index) => 'refused' in (reported[index] ?? {}))
  assert(total <= 100 && refusedSizes.length > 0)
  for (const size of refusedSizes) assert(size > 100 - total, `${size} would have fitted on ${total}`)
})

test('events that arrive together end as if they had come one after the other', async () => {
  const org = await newSide()
  const usage = first(await newMeteredCustomers(db, org, { included: 250 }))
  const sizes = Array.from({ length: 150 }, (_, index) => ((index * 7919) % 101) / 10)
  let left = 250
  const expected = sizes.map((size) => {
    const isRecorded = Math.round(size * 10) <= Math.round(left * 10)
    if (isRecorded) left -= size
    return isRecorded
  })
  const reported = await Promise.all(
    sizes.map((size) => report(one, contextAt(org), { ...usage, value: BigInt(Math.round(size * 10)) * 100_000n })),
  )
  assert(expected.includes(false))
  assert.deepEqual(reported.map(isRecorded), expected)
})

test('an event that would cross the limit is refused whole, a smaller one after it is recorded', async () => {
  const org = await newSide()
  const usage = first(await newMeteredCustomers(db, org, { included: 10 }))
  const reported = await Promise.all(
    [6, 5, 4, 1].map((size) => report(one, contextAt(org), { ...usage, value: units(size) })),
  )
  assert.deepEqual(reported.map(isRecorded), [true, false, true, false])
})

test('200 events at once with one idempotencyKey record one event', async () => {
  const org = await newSide()
  const usage = { ...first(await newMeteredCustomers(db, org)), idempotencyKey: 'order-1' }
  const reported = await storm(200, (metering, index) => report(metering, withKey(org, `request-${index}`), usage))
  assert.equal(reported.filter(isRecorded).length, 1)
  assert.equal(countRefused(reported, 'duplicate'), 199)
  assert.deepEqual(
    (await countersAndEvents(db, org)).map(({ counted }) => counted),
    ['1.000000 in 1'],
  )
})

test('200 deliveries of one request record one event and are all answered with it', async () => {
  const org = await newSide()
  const usage = { ...first(await newMeteredCustomers(db, org)), properties: [{ property: 'region', value: 'eu' }] }
  const reported = await storm(200, (metering) => report(metering, withKey(org, 'request-1', 'same'), usage))
  assert.equal(reported.filter(isRecorded).length, 1)
  assert.equal(new Set(reported.map((answer) => 'id' in answer && answer.id)).size, 1)
  assert.deepEqual(
    (await countersAndEvents(db, org)).map(({ counted }) => counted),
    ['1.000000 in 1'],
  )
})

test('a key that another process takes while a batch waits for its counter is not taken twice', async () => {
  const org = await newSide()
  const usage = { ...first(await newMeteredCustomers(db, org)), idempotencyKey: 'order-1' }
  const beside = { ...usage, idempotencyKey: 'order-2' }
  let reported: Promise<Reported[]> | undefined
  await db.transaction().execute(async (tx) => {
    await tx.selectFrom('usage_counter').select('total').where('org_id', '=', org.id).forUpdate().execute()
    reported = Promise.all([report(one, contextAt(org), usage), report(one, contextAt(org), beside)])
    while (!(await isSomebodyWaiting())) await setTimeout(5)
    await tx
      .insertInto('usage_event_key')
      .values({ org_id: org.id, kind: 'body', key: 'order-1', event_id: 'evt_earlier', recorded_at: noon })
      .execute()
  })
  const [repeated, recorded] = (await reported) ?? []
  assert.deepEqual(repeated, { refused: 'duplicate' })
  assert(recorded && isRecorded(recorded))
  assert.deepEqual(
    (await countersAndEvents(db, org)).map(({ recorded }) => recorded),
    ['1.000000 in 1'],
  )
})

async function isSomebodyWaiting(): Promise<boolean> {
  const { rows } = await sql<{ waiting: boolean }>`
    select exists(select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock') as waiting`.execute(
    db,
  )
  return rows[0]?.waiting === true
}

test('an Idempotency-Key that another request used is refused, also beside the first one', async () => {
  const org = await newSide()
  const usage = first(await newMeteredCustomers(db, org))
  const reported = await storm(20, (metering, index) =>
    report(metering, withKey(org, 'request-1', `body ${index}`), usage),
  )
  assert.equal(reported.filter(isRecorded).length, 1)
  assert.equal(countRefused(reported, 'idempotency_key_mismatch'), 19)
})

test('after a storm of every kind of event the counters are the sums of the events', async () => {
  const org = await newSide()
  const { feature, customers } = await newMeteredCustomers(db, org, { included: 40, customers: 12 })
  const reported = await storm(1200, (metering, index) =>
    report(metering, withKey(org, `request-${index % 900}`, `${index % 900}`), {
      feature,
      customerId: customers[index % 12]?.ownId ?? '',
      value: BigInt((index % 5) * 250_000),
      idempotencyKey: index % 4 === 0 ? `key-${index % 300}` : undefined,
    }),
  )
  const rows = await countersAndEvents(db, org)
  assert.equal(rows.length, 12)
  for (const { counter, counted, recorded } of rows) assert.equal(counted, recorded, counter)
  const recordedEvents = rows.reduce((sum, { recorded }) => sum + Number(recorded.split(' in ')[1]), 0)
  assert.equal(recordedEvents, reported.filter(isRecorded).length)
})

test('windows that close in the middle of a storm lose nothing', async () => {
  const org = await newSide()
  const metered = await newMeteredCustomers(db, org, { unlimited: true, customers: 3 })
  let isOver = false
  const rolling = (async () => {
    const closed = []
    for (let at = 0; !isOver; at++) {
      const subscriptionId = metered.customers[at % 3]?.subscriptionId ?? ''
      closed.push({ subscriptionId, ...(await rollWindow(db, org, metered, subscriptionId)) })
    }
    return closed
  })()
  const reported = []
  for (let wave = 0; wave < 12; wave++) {
    reported.push(
      ...(await storm(100, (metering, index) =>
        report(metering, contextAt(org), {
          feature: metered.feature,
          customerId: metered.customers[index % 3]?.ownId ?? '',
        }),
      )),
    )
  }
  isOver = true
  const closed = await rolling
  assert.equal(reported.filter(isRecorded).length, 1200)
  assert(closed.length > 6)
  const rows = await countersAndEvents(db, org)
  for (const { counter, counted, recorded } of rows) assert.equal(counted, recorded, counter)
  // What the billing engine was told when it closed a window is what the window holds for ever.
  for (const { subscriptionId, number, total, events } of closed) {
    const row = rows.find(({ counter }) => counter === `${subscriptionId} ${number}`)
    assert.equal(row?.recorded, `${total / 1_000_000n}.000000 in ${events}`)
  }
  assert.equal(
    rows.reduce((sum, { recorded }) => sum + Number(recorded.split(' in ')[1]), 0),
    1200,
  )
})

test('a raised limit holds for the next event, in a process that knew the old one', async () => {
  const org = await newSide()
  const metered = await newMeteredCustomers(db, org, { included: 1 })
  const usage = first(metered)
  assert(isRecorded(await report(one, contextAt(org), usage)))
  assert.deepEqual(await report(one, contextAt(org), usage), { refused: 'included_limit_reached' })
  await changeTerms(db, org, metered, { included: 2 })
  assert(isRecorded(await report(one, contextAt(org), usage)))
  assert.deepEqual(await report(one, contextAt(org), usage), { refused: 'included_limit_reached' })
})

for (const isForgetful of [false, true]) {
  test(`after a cancellation nothing is recorded, in a process that knew the subscription${isForgetful ? ', even when its counters were not told' : ''}`, async () => {
    const org = await newSide()
    const usage = first(await newMeteredCustomers(db, org))
    assert(isRecorded(await report(one, contextAt(org), usage)))
    assert(isRecorded(await report(other, contextAt(org), usage)))
    await endSubscription(db, org, usage.subscriptionId, isForgetful)
    assert.deepEqual(await report(one, contextAt(org), usage), { refused: 'no_active_subscription' })
    assert.deepEqual(await report(other, contextAt(org), usage), { refused: 'no_active_subscription' })
  })
}

test('after a window closed, a process that knew it counts in the next one', async () => {
  const org = await newSide()
  const metered = await newMeteredCustomers(db, org)
  const usage = first(metered)
  await report(one, contextAt(org), usage)
  await rollWindow(db, org, metered, usage.subscriptionId)
  assert(isRecorded(await report(one, contextAt(org), usage)))
  const counted = (await countersAndEvents(db, org)).map(
    ({ counter, counted }) => `${counter.split(' ')[1]}: ${counted}`,
  )
  assert.deepEqual(counted, ['1: 1.000000 in 1', '2: 1.000000 in 1'])
})

test('a feature without a counter in the window gets one with its first event, once', async () => {
  const org = await newSide()
  const usage = first(await newMeteredCustomers(db, org, { included: 5 }))
  await db.deleteFrom('usage_counter').where('org_id', '=', org.id).execute()
  const reported = await storm(20, (metering) => report(metering, contextAt(org), usage))
  assert.equal(reported.filter(isRecorded).length, 5)
  assert.deepEqual(
    (await countersAndEvents(db, org)).map(({ counted }) => counted),
    ['5.000000 in 5'],
  )
})

test('an event of the next window is counted there before the billing engine has come to it', async () => {
  const org = await newSide()
  const metered = await newMeteredCustomers(db, org, { included: 1 })
  const usage = first(metered)
  const july = contextAt(org, Temporal.Instant.from('2026-07-02T08:00:00Z'))
  assert(isRecorded(await report(one, july, { ...usage, timestamp: Temporal.Instant.from('2026-06-30T23:00:00Z') })))
  assert(isRecorded(await report(one, july, usage)))
  assert.deepEqual(await report(one, july, usage), { refused: 'included_limit_reached' })
  const counted = (await countersAndEvents(db, org)).map(
    ({ counter, counted }) => `${counter.split(' ')[1]}: ${counted}`,
  )
  assert.deepEqual(counted, ['1: 1.000000 in 1', '2: 1.000000 in 1'])
})

test('refusals come in their order: customer, duplicate, feature, subscription, plan', async () => {
  const org = await newSide()
  const metered = await newMeteredCustomers(db, org)
  const elsewhere = await newMeteredCustomers(db, org)
  const usage = { ...first(metered), idempotencyKey: 'order-1' }
  assert(isRecorded(await report(one, contextAt(org), usage)))
  const codes = []
  for (const asked of [
    { ...usage, customerId: 'nobody' },
    { ...usage, feature: 'unknown_feature' },
    { feature: 'unknown_feature', customerId: usage.customerId },
    { feature: elsewhere.feature, customerId: usage.customerId },
  ]) {
    const answer = await report(one, contextAt(org), asked)
    codes.push('refused' in answer && answer.refused)
  }
  await endSubscription(db, org, usage.subscriptionId)
  for (const asked of [usage, { feature: 'unknown_feature', customerId: usage.customerId }, first(metered)]) {
    const answer = await report(one, contextAt(org), asked)
    codes.push('refused' in answer && answer.refused)
  }
  assert.deepEqual(codes, [
    'customer_not_found',
    'duplicate',
    'feature_not_found',
    'feature_not_in_plan',
    'duplicate',
    'feature_not_found',
    'no_active_subscription',
  ])
})

test('a request that was recorded is answered with its event after the subscription ended', async () => {
  const org = await newSide()
  const usage = first(await newMeteredCustomers(db, org))
  const recorded = await report(one, withKey(org, 'request-1', 'same'), usage)
  await endSubscription(db, org, usage.subscriptionId)
  assert.deepEqual(await report(other, withKey(org, 'request-1', 'same'), usage), { ...recorded, isReplay: true })
  assert.deepEqual(await report(other, withKey(org, 'request-1', 'another'), usage), {
    refused: 'idempotency_key_mismatch',
  })
})

test('in a trial overage is not sold, on a paid window it is', async () => {
  const org = await newSide()
  const trial = first(
    await newMeteredCustomers(db, org, { included: 0, overage: true, status: 'trialing', kind: 'trial' }),
  )
  const paid = first(await newMeteredCustomers(db, org, { included: 0, overage: true }))
  assert.deepEqual(await report(one, contextAt(org), trial), { refused: 'included_limit_reached' })
  assert(isRecorded(await report(one, contextAt(org), paid)))
})

test('usage of credits and balance plans without an account is refused, never recorded', async () => {
  const org = await newSide()
  for (const model of ['credits', 'balance'] as const) {
    const usage = first(await newMeteredCustomers(db, org, { model, creditsPerUnit: 1 }))
    assert.deepEqual(await report(one, contextAt(org), usage), { refused: `insufficient_${model}` })
  }
  assert.deepEqual(
    (await countersAndEvents(db, org)).map(({ counted }) => counted),
    ['0.000000 in 0', '0.000000 in 0'],
  )
})

test('another organisation does not see the customer', async () => {
  const usage = first(await newMeteredCustomers(db, await newSide()))
  assert.deepEqual(await report(one, contextAt(await newSide()), usage), { refused: 'customer_not_found' })
})
