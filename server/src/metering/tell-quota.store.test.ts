import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { newId } from '#id.ts'
import { recordEvents } from '#metering/actions/record-events.ts'
import { createMetering } from '#metering/metering.ts'
import { type QuotaWatch, quotaLevel } from '#metering/quota-watch.ts'
import type { Candidate } from '#metering/usage-event.ts'
import { units } from '#money/quantity.ts'
import type { Org } from '#organisations/org.ts'
import { cloneDatabase } from '../../test/support/database.ts'
import { newFundedCustomers } from '../../test/support/ledgers.ts'
import { type Metered, newMeteredCustomers, rollWindow } from '../../test/support/metering.ts'
import { contextAt, newOrganisation, noon } from '../../test/support/organisations.ts'
import { countRefused, isRecorded, report } from '../../test/support/usage.ts'

const database = await cloneDatabase({ max: 16 })
const { db } = database
// Two processes on one database.
const newProcess = () => createMetering({ db, address: database.url, machineNow: () => noon })
const [one, other] = [newProcess(), newProcess()]
after(async () => {
  await one.close()
  await other.close()
  await database.drop()
})

async function newSide(): Promise<Org> {
  return (await newOrganisation(db)).sandbox
}

const first = ({ feature, customers: [customer] }: Metered) => {
  assert(customer)
  return { feature, customerId: customer.ownId, subscriptionId: customer.subscriptionId }
}

/** Everything that was told, in its order. */
async function told(org: Org): Promise<{ type: string; data: Record<string, unknown> }[]> {
  const rows = await db
    .selectFrom('event')
    .select(['type', 'data'])
    .where('org_id', '=', org.id)
    .orderBy('id')
    .execute()
  return rows.map(({ type, data }) => ({ type, data: data as Record<string, unknown> }))
}

const typesOf = async (org: Org) => (await told(org)).map(({ type }) => type)

test('300 events at once on a limit of 100 tell 80 % once, the end once, and the state before it once', async () => {
  const org = await newSide()
  const usage = first(await newMeteredCustomers(db, org, { included: 100 }))
  const reported = await Promise.all(
    Array.from({ length: 300 }, (_, index) => report(index % 2 === 0 ? one : other, contextAt(org), usage)),
  )
  assert.equal(reported.filter(isRecorded).length, 100)
  assert.equal(countRefused(reported, 'included_limit_reached'), 200)
  const events = await told(org)
  const about = { subscriptionId: usage.subscriptionId, customerId: usage.customerId, featureCode: usage.feature }
  const threshold = events.filter(({ type }) => type === 'quota.threshold_reached')
  assert.deepEqual(threshold, [
    {
      type: 'quota.threshold_reached',
      data: { ...about, currentUsage: 80, includedAmount: 100, periodStart: '2026-06-01T00:00:00.000Z' },
    },
  ])
  const rest = events.filter(({ type }) => type !== 'quota.threshold_reached')
  assert.deepEqual(
    rest.map(({ type }) => type),
    ['customer.state_changed', 'quota.exceeded'],
  )
  assert.deepEqual(rest[1]?.data, {
    ...about,
    currentUsage: 100,
    includedAmount: 100,
    overageEnabled: false,
    periodStart: '2026-06-01T00:00:00.000Z',
  })
})

test('the state that is told is the one after the last included unit', async () => {
  const org = await newSide()
  const metered = await newMeteredCustomers(db, org, { included: 3 })
  const usage = first(metered)
  await report(one, contextAt(org), { ...usage, value: units(3) })
  const [state] = await told(org)
  assert.deepEqual(state, {
    type: 'customer.state_changed',
    data: {
      customerId: usage.customerId,
      trigger: 'quota_exceeded',
      status: 'active',
      subscriptionId: usage.subscriptionId,
      plan: { id: metered.planId, name: 'Pro' },
      billingInterval: 'monthly',
      consumptionModel: 'metered',
      features: [
        {
          code: usage.feature,
          name: 'Calls',
          type: 'usage',
          allowed: false,
          enabled: null,
          current: 3,
          included: 3,
          remaining: 0,
          overageQuantity: 0,
          overageUnitPrice: 200,
          unlimited: false,
          overageEnabled: false,
          billedQuantity: null,
        },
      ],
      seats: [],
      credits: null,
      balance: null,
    },
  })
})

test('250 events at once on 100 included with overage tell 80 % and the first overage, once each, and no state', async () => {
  const org = await newSide()
  const usage = first(await newMeteredCustomers(db, org, { included: 100, overage: true }))
  await Promise.all(
    Array.from({ length: 250 }, (_, index) => report(index % 2 === 0 ? one : other, contextAt(org), usage)),
  )
  const events = (await told(org)).toSorted((a, b) => (a.type < b.type ? -1 : 1))
  assert.deepEqual(
    events.map(({ type, data }) => [type, data.currentUsage, data.overageEnabled]),
    [
      ['quota.exceeded', 101, true],
      ['quota.threshold_reached', 80, undefined],
    ],
  )
})

test('an event that passes both levels tells only the second', async () => {
  const org = await newSide()
  const usage = first(await newMeteredCustomers(db, org, { included: 100, overage: true }))
  await report(one, contextAt(org), { ...usage, value: units(150) })
  await report(one, contextAt(org), { ...usage, value: units(1) })
  assert.deepEqual(await typesOf(org), ['quota.exceeded'])
})

test('unlimited usage tells nothing, and the first unit beyond nothing included is overage', async () => {
  const org = await newSide()
  await report(one, contextAt(org), first(await newMeteredCustomers(db, org, { unlimited: true })))
  assert.deepEqual(await typesOf(org), [])
  await report(one, contextAt(org), first(await newMeteredCustomers(db, org, { included: 0, overage: true })))
  assert.deepEqual(await typesOf(org), ['quota.exceeded'])
})

test('each window tells anew', async () => {
  const org = await newSide()
  const metered = await newMeteredCustomers(db, org, { included: 10, overage: true })
  const usage = first(metered)
  await report(one, contextAt(org), { ...usage, value: units(9) })
  await rollWindow(db, org, metered, usage.subscriptionId)
  await report(one, contextAt(org), { ...usage, value: units(8) })
  const events = await told(org)
  assert.deepEqual(
    events.map(({ type, data }) => [type, data.currentUsage]),
    [
      ['quota.threshold_reached', 9],
      ['quota.threshold_reached', 8],
    ],
  )
})

test('an event whose threshold cannot be told is not recorded', async () => {
  const org = await newSide()
  const metered = await newMeteredCustomers(db, org, { included: 1 })
  // Nobody has this customer's state: telling it fails, after the event was written.
  const broken = { ...candidateOf(org, metered, units(1), watched(1, false)), customerId: 'cus_nobody' }
  await assert.rejects(recordEvents(database, org.id, [broken], noon))
  const [counter] = await db
    .selectFrom('usage_counter')
    .select(['total', 'told'])
    .where('org_id', '=', org.id)
    .execute()
  assert.deepEqual(counter, { total: '0.000000', told: 0 })
  assert.deepEqual(await typesOf(org), [])
})

test('credits and balances at zero are told with the state before, low ones without', async () => {
  const org = await newSide()
  const credits = first(await newFundedCustomers(db, org, { credits: 10 }, { model: 'credits', creditsPerUnit: 1 }))
  await report(one, contextAt(org), { ...credits, value: units(9) })
  await report(one, contextAt(org), credits)
  const [low, state, depleted] = await told(org)
  assert.deepEqual(
    [low?.type, state?.type, depleted?.type],
    ['credits.low', 'customer.state_changed', 'credits.depleted'],
  )
  assert.equal(state?.data.trigger, 'credits_depleted')
  assert.deepEqual(state?.data.credits, { planCredits: 0, purchasedCredits: 0, totalCredits: 0 })
  assert.deepEqual(depleted?.data, {
    subscriptionId: credits.subscriptionId,
    customerId: credits.customerId,
    remainingCredits: 0,
  })
  const balance = first(
    await newFundedCustomers(db, org, { balance: 100, mayOverdraw: true }, { model: 'balance', unitPrice: 150 }),
  )
  await report(one, contextAt(org), balance)
  const [stateBelow, below] = (await told(org)).slice(3)
  assert.equal(stateBelow?.data.trigger, 'balance_depleted')
  assert.deepEqual(stateBelow?.data.balance, { currentBalance: -50 })
  assert.equal(below?.data.currentBalance, -50)
})

const watched = (included: number, isOverageOn: boolean): QuotaWatch => ({
  included: units(included),
  isOverageOn,
  startsOn: Temporal.PlainDate.from('2026-06-01'),
})

function eventOf({ feature, customers: [customer] }: Metered, value: bigint): Candidate['event'] {
  return {
    id: newId('evt'),
    customerId: customer?.ownId ?? '',
    feature,
    value,
    idempotencyKey: null,
    timestamp: noon,
    properties: [],
    createdAt: noon,
  }
}

function candidateOf(org: Org, metered: Metered, value: bigint, quota: QuotaWatch): Candidate {
  const [customer] = metered.customers
  assert(customer)
  return {
    event: eventOf(metered, value),
    customerId: customer.id,
    subscriptionId: customer.subscriptionId,
    featureId: metered.featureId,
    windowNumber: 1,
    isLate: false,
    ceiling: null,
    quota,
    draw: null,
    tokens: null,
    version: org.version,
    epoch: 1n,
    request: null,
  }
}

test('whatever comes in whatever batches, taken back or not: each level is told once, by the first event that reaches it', async () => {
  const org = await newSide()
  const amounts = fc.array(fc.integer({ min: -60, max: 60 }), { maxLength: 8 })
  const property = fc.asyncProperty(
    fc.array(amounts, { minLength: 1, maxLength: 5 }),
    fc.integer({ min: 0, max: 100 }),
    fc.boolean(),
    async (batches, included, isOverageOn) => {
      const metered = await newMeteredCustomers(db, org, {})
      const quota = watched(included === 0 && !isOverageOn ? 1 : included, isOverageOn)
      const expected: string[] = []
      let [total, highest] = [0n, 0]
      for (const batch of batches) {
        // A total never falls below zero.
        const values = batch.map((amount) => {
          const value = units(amount) < -total ? -total : units(amount)
          total += value
          const level = value > 0n ? quotaLevel(quota, total) : 0
          if (level > highest) expected.push(`${level} at ${total}`)
          highest = Math.max(highest, level)
          return value
        })
        if (values.length > 0) {
          const candidates = values.map((value) => candidateOf(org, metered, value, quota))
          const outcomes = await recordEvents(database, org.id, candidates, noon)
          assert(outcomes.every(({ kind }) => kind === 'recorded'))
        }
      }
      const customerId = metered.customers[0]?.id ?? ''
      const rows = await db
        .selectFrom('event')
        .select(['type', 'data'])
        .where('org_id', '=', org.id)
        .where('customer_id', '=', customerId)
        .where('type', 'like', 'quota.%')
        .execute()
      const found = rows.map(({ type, data }) => {
        const { currentUsage } = data as { currentUsage: number }
        return `${type === 'quota.exceeded' ? 2 : 1} at ${units(currentUsage)}`
      })
      assert.deepEqual(found.sort(), expected.sort())
    },
  )
  await fc.assert(property, { numRuns: 60 })
})
