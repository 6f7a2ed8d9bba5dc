import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { inTransaction } from '#database/transaction.ts'
import { type SetUsageInput, setUsage, type UsageSet } from '#metering/actions/set-usage.ts'
import { createMetering } from '#metering/metering.ts'
import { units } from '#money/quantity.ts'
import type { Org } from '#organisations/org.ts'
import { Problem } from '#problem.ts'
import { cloneDatabase } from '../../test/support/database.ts'
import { type Metered, newMeteredCustomers } from '../../test/support/metering.ts'
import { contextAt, newOrganisation, noon } from '../../test/support/organisations.ts'
import { countersAndEvents, isRecorded, report } from '../../test/support/usage.ts'

const database = await cloneDatabase({ max: 16 })
const { db } = database
const newProcess = () => createMetering({ db, address: database.url, machineNow: () => noon })
const [one, other] = [newProcess(), newProcess()]
after(async () => {
  await one.close()
  await other.close()
  await database.drop()
})

const newSide = async () => (await newOrganisation(db)).sandbox

const first = ({ feature, customers: [customer] }: Metered) => {
  assert(customer)
  return { feature, customerId: customer.ownId }
}

type Asked = Pick<SetUsageInput, 'customerId' | 'feature' | 'value'> & { idempotencyKey?: string }

/** Sets in a transaction of its own, as a request does; a refusal gives its code. */
async function set(org: Org, { idempotencyKey = '', ...asked }: Asked): Promise<UsageSet | string> {
  const input = { reason: null, ...asked, idempotencyKey: idempotencyKey || null }
  try {
    return await inTransaction(db, (tx) => setUsage(tx, contextAt(org), input, noon))
  } catch (error) {
    if (error instanceof Problem) return error.code
    throw error
  }
}

const change = (answer: UsageSet | string) => {
  assert(typeof answer !== 'string', String(answer))
  return [answer.adjustment.previousValue, answer.adjustment.value]
}

async function counted(org: Org): Promise<string[]> {
  const rows = await countersAndEvents(db, org)
  for (const { counter, counted, recorded } of rows) assert.equal(counted, recorded, counter)
  return rows.map((row) => row.counted)
}

test('setting writes the difference, up and down, as events of their own', async () => {
  const org = await newSide()
  const usage = first(await newMeteredCustomers(db, org, { included: 100 }))
  await report(one, contextAt(org), { ...usage, value: units(7) })
  assert.deepEqual(change(await set(org, { ...usage, value: units(40) })), [units(7), units(40)])
  assert.deepEqual(change(await set(org, { ...usage, value: 2_500_000n })), [units(40), 2_500_000n])
  assert.deepEqual(change(await set(org, { ...usage, value: 2_500_000n })), [2_500_000n, 2_500_000n])
  assert.deepEqual(await counted(org), ['2.500000 in 4'])
})

test('a rise beyond the limit is refused whole, a lowering always fits', async () => {
  const org = await newSide()
  const metered = await newMeteredCustomers(db, org, { included: 10 })
  const usage = first(metered)
  assert.equal(await set(org, { ...usage, value: 10_000_001n }), 'included_limit_reached')
  await set(org, { ...usage, value: units(10) })
  // More is used than is included when a limit was lowered for the next window and that window has begun.
  await db.updateTable('plan_feature_revision').set({ included_amount: '4' }).where('org_id', '=', org.id).execute()
  assert.deepEqual(change(await set(org, { ...usage, value: units(9) })), [units(10), units(9)])
  assert.equal(await set(org, { ...usage, value: 9_000_001n }), 'included_limit_reached')
  assert.deepEqual(await counted(org), ['9.000000 in 2'])
})

test('with overage any total can be set', async () => {
  const org = await newSide()
  const usage = first(await newMeteredCustomers(db, org, { included: 10, overage: true }))
  assert.deepEqual(change(await set(org, { ...usage, value: units(1000) })), [0n, units(1000)])
})

test('a repeat of an idempotencyKey is answered with what the first did, whatever was used since', async () => {
  const org = await newSide()
  const usage = first(await newMeteredCustomers(db, org))
  const asked = { ...usage, value: units(5), idempotencyKey: 'sync-1' }
  const answer = await set(org, asked)
  await report(one, contextAt(org), { ...usage, value: units(2) })
  assert.deepEqual(await set(org, asked), answer)
  assert.equal(await set(org, { ...asked, value: units(6) }), 'duplicate')
  assert.deepEqual(await counted(org), ['7.000000 in 2'])
})

test('one idempotencyKey is used once, by tracking or by setting', async () => {
  const org = await newSide()
  const usage = first(await newMeteredCustomers(db, org))
  await report(one, contextAt(org), { ...usage, idempotencyKey: 'tracked' })
  assert.equal(await set(org, { ...usage, value: units(5), idempotencyKey: 'tracked' }), 'duplicate')
  await set(org, { ...usage, value: units(5), idempotencyKey: 'set' })
  assert.deepEqual(await report(one, contextAt(org), { ...usage, idempotencyKey: 'set' }), { refused: 'duplicate' })
})

test('40 settings at once with one idempotencyKey write one event and are all answered with it', async () => {
  const org = await newSide()
  const usage = first(await newMeteredCustomers(db, org))
  const asked = { ...usage, value: units(5), idempotencyKey: 'sync-1' }
  const answers = await Promise.all(Array.from({ length: 40 }, () => set(org, asked)))
  for (const answer of answers) assert.deepEqual(answer, answers[0])
  assert.deepEqual(await counted(org), ['5.000000 in 1'])
})

test('two customers who set with one idempotencyKey at once: one of them is told that it is used', async () => {
  const org = await newSide()
  const { feature, customers } = await newMeteredCustomers(db, org, { customers: 10 })
  const answers = await Promise.all(
    customers.map(({ ownId }) => set(org, { feature, customerId: ownId, value: units(5), idempotencyKey: 'sync-1' })),
  )
  assert.equal(answers.filter((answer) => answer === 'duplicate').length, 9)
  assert.deepEqual((await counted(org)).toSorted().at(-1), '5.000000 in 1')
})

test('a feature that was added in the middle of a window can be set', async () => {
  const org = await newSide()
  const usage = first(await newMeteredCustomers(db, org))
  await db.deleteFrom('usage_counter').where('org_id', '=', org.id).execute()
  assert.deepEqual(change(await set(org, { ...usage, value: units(3) })), [0n, units(3)])
})

test('set in a storm of tracking: the total is what was set and what was tracked after it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 60 }), async (value, tracks) => {
      const org = await newSide()
      const usage = first(await newMeteredCustomers(db, org, { unlimited: true }))
      const setting = async () => change(await set(org, { ...usage, value: units(value) }))
      const storm = Array.from({ length: tracks }, (_, index) =>
        report(index % 2 === 0 ? one : other, contextAt(org), usage),
      )
      const [previous] = await setting()
      const reported = await Promise.all(storm)
      assert(previous !== undefined)
      assert.equal(reported.filter(isRecorded).length, tracks)
      const trackedBefore = Number(previous / 1_000_000n)
      assert.deepEqual(await counted(org), [`${value + tracks - trackedBefore}.000000 in ${tracks + 1}`])
    }),
    { numRuns: 15 },
  )
})

test('settings and tracking at once on a limit never cross it, and the counter is the sum of its events', async () => {
  const org = await newSide()
  const usage = first(await newMeteredCustomers(db, org, { included: 30 }))
  await Promise.all([
    ...Array.from({ length: 20 }, (_, index) => set(org, { ...usage, value: units((index * 11) % 31) })),
    ...Array.from({ length: 200 }, (_, index) => report(index % 2 === 0 ? one : other, contextAt(org), usage)),
  ])
  const [row] = await counted(org)
  assert(Number(row?.split(' ')[0]) <= 30)
})
