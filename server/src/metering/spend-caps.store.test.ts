import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { sql } from 'kysely'
import { inTransaction } from '#database/transaction.ts'
import { setUsage } from '#metering/actions/set-usage.ts'
import { createMetering } from '#metering/metering.ts'
import { capsInForce } from '#metering/spend-cap.ts'
import { findCaps, saveCap } from '#metering/spend-caps.store.ts'
import { units } from '#money/quantity.ts'
import type { Org } from '#organisations/org.ts'
import { Problem } from '#problem.ts'
import { setSpendCap } from '#subscriptions/actions/set-spend-cap.ts'
import { cloneDatabase } from '../../test/support/database.ts'
import {
  addMeteredFeature,
  changeTerms,
  type Metered,
  type MeteredOptions,
  newMeteredCustomers,
} from '../../test/support/metering.ts'
import { contextAt, newOrganisation, noon } from '../../test/support/organisations.ts'
import { countersAndEvents, countRefused, isRecorded, report, withKey } from '../../test/support/usage.ts'

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

const idOf = ({ customers: [customer] }: Metered): string => customer?.subscriptionId ?? ''

/** 10 included of each, then $0.02 and $0.05. */
const sold = (unitPrice: number, options: MeteredOptions = {}) => ({
  included: 10,
  overage: true,
  unitPrice,
  ...options,
})
async function newPair(org: Org): Promise<[Metered, Metered]> {
  const calls = await newMeteredCustomers(db, org, sold(200))
  return [calls, await addMeteredFeature(db, org, calls, sold(500))]
}

function cap(org: Org, metered: Metered, amount: bigint | null, featureCode: string | null = null): Promise<void> {
  const input = { id: idOf(metered), owner: 'merchant', amount, featureCode } as const
  return inTransaction(db, (tx) => setSpendCap(tx, contextAt(org), input))
}

function storm<T>(n: number, run: (metering: typeof one, index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: n }, (_, index) => run(index % 2 === 0 ? one : other, index)))
}

/** Minor units that the counters would be billed, by the unit prices in rate scale; each line rounds once. */
async function billOf(org: Org, ...features: [Metered, price: number][]): Promise<number> {
  const { rows } = await sql<{ feature_id: string; total: string }>`
    select feature_id, total::text from usage_counter where org_id = ${org.id}`.execute(db)
  return features.reduce((sum, [{ featureId }, price]) => {
    const total = Number(rows.find((row) => row.feature_id === featureId)?.total ?? 0)
    return sum + Math.round(Math.max(0, total - 10) * (price / 100))
  }, 0)
}

async function assertConsistent(org: Org): Promise<void> {
  const { rows } = await sql<{ different: string }>`
    select count(*)::text as different from usage_counter c
    left join (select subscription_id, feature_id, window_number, sum(quantity) as total from usage_event
      where org_id = ${org.id} group by 1, 2, 3) e using (subscription_id, feature_id, window_number)
    where c.org_id = ${org.id} and c.total <> coalesce(e.total, 0)`.execute(db)
  assert.equal(rows[0]?.different, '0', 'counters are the sums of their events')
}

test('200 events at once under a cap of $1.00 on one feature sell exactly 10 included and 50 at $0.02', async () => {
  const org = await newSide()
  const calls = await newMeteredCustomers(db, org, sold(200))
  await cap(org, calls, 100n, calls.feature)
  const reported = await storm(200, (metering) => report(metering, contextAt(org), first(calls)))
  assert.equal(reported.filter(isRecorded).length, 60)
  assert.equal(countRefused(reported, 'included_limit_reached'), 140)
  assert.equal(await billOf(org, [calls, 200]), 100)
})

test('200 events at once on two features under one cap of $3.00: the bill comes as near as units do, and never above', async () => {
  const org = await newSide()
  const [calls, texts] = await newPair(org)
  await cap(org, calls, 300n)
  const reported = await storm(200, (metering, index) =>
    report(metering, contextAt(org), first(index % 3 === 0 ? calls : texts)),
  )
  // One unit of the cheaper feature is $0.02: less than that is left.
  const bill = await billOf(org, [calls, 200], [texts, 500])
  assert(bill === 299 || bill === 300, `billed ${bill}`)
  await assertConsistent(org)
  const recorded = reported.filter(isRecorded).length
  assert.equal(countRefused(reported, 'included_limit_reached'), 200 - recorded)
})

test('random storms on two features never pass their common cap, and a refused event would have passed it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.bigInt({ min: 0n, max: 400n }),
      fc.array(fc.record({ isText: fc.boolean(), value: fc.integer({ min: 0, max: 20_000_000 }) }), {
        minLength: 10,
        maxLength: 40,
      }),
      async (amount, events) => {
        const org = await newSide()
        const [calls, texts] = await newPair(org)
        await cap(org, calls, amount)
        const reported = await storm(events.length, (metering, index) => {
          const { isText = false, value = 0 } = events[index] ?? {}
          return report(metering, contextAt(org), { ...first(isText ? texts : calls), value: BigInt(value) })
        })
        assert((await billOf(org, [calls, 200], [texts, 500])) <= Number(amount))
        await assertConsistent(org)
        for (const [index, answer] of reported.entries()) {
          if ('refused' in answer) assert((events[index]?.value ?? 0) > 0)
        }
      },
    ),
    { numRuns: 12 },
  )
})

test('keys hold on the way through the locked cap: 60 deliveries of 3 requests record 3 events', async () => {
  const org = await newSide()
  const [calls, texts] = await newPair(org)
  await cap(org, calls, 300n)
  await report(one, contextAt(org), { ...first(calls), value: units(12) })
  const reported = await storm(60, (metering, index) => {
    const name = `request-${index % 3}`
    return report(metering, withKey(org, name, name), { ...first(index % 3 === 0 ? texts : calls), value: units(11) })
  })
  assert.equal(reported.filter(isRecorded).length, 3)
  assert.equal(new Set(reported.map((answer) => 'id' in answer && answer.id)).size, 3)
  const keyed = { ...first(calls), idempotencyKey: 'order-1' }
  const twice = await storm(20, (metering) => report(metering, contextAt(org), keyed))
  assert.equal(twice.filter(isRecorded).length, 1)
  assert.equal(countRefused(twice, 'duplicate'), 19)
})

test('a cap holds for other processes from its commit on, and without it everything is sold again', async () => {
  const org = await newSide()
  const calls = await newMeteredCustomers(db, org, sold(200))
  const usage = { ...first(calls), value: units(30) }
  assert(isRecorded(await report(one, contextAt(org), usage)))
  assert(isRecorded(await report(other, contextAt(org), usage)))
  await cap(org, calls, 50n)
  for (const metering of [one, other]) {
    assert.deepEqual(await report(metering, contextAt(org), usage), { refused: 'included_limit_reached' })
  }
  assert.equal(await billOf(org, [calls, 200]), 100, 'nothing is forgiven')
  await cap(org, calls, null)
  assert(isRecorded(await report(other, contextAt(org), usage)))
})

test('a cap that is set in the middle of a storm: at most what was sold before it, or the cap', async () => {
  const org = await newSide()
  const [calls, texts] = await newPair(org)
  const reports = storm(300, (metering, index) =>
    report(metering, contextAt(org), first(index % 2 === 0 ? calls : texts)),
  )
  await cap(org, calls, 200n)
  const { rows } = await sql<{
    since_window: number
  }>`select since_window from spend_cap where org_id = ${org.id}`.execute(db)
  assert.deepEqual(rows, [{ since_window: 1 }])
  await reports
  const bill = await billOf(org, [calls, 200], [texts, 500])
  for (const metering of [one, other]) {
    assert.deepEqual(await report(metering, contextAt(org), { ...first(texts), value: units(100) }), {
      refused: 'included_limit_reached',
    })
  }
  assert.equal(await billOf(org, [calls, 200], [texts, 500]), bill)
})

test('a lower price at once makes room under the cap', async () => {
  const org = await newSide()
  const calls = await newMeteredCustomers(db, org, sold(200))
  await cap(org, calls, 100n)
  await report(one, contextAt(org), { ...first(calls), value: units(60) })
  assert.deepEqual(await report(one, contextAt(org), first(calls)), { refused: 'included_limit_reached' })
  await changeTerms(db, org, calls, sold(100))
  assert(isRecorded(await report(one, contextAt(org), { ...first(calls), value: units(50) })))
  assert.equal(await billOf(org, [calls, 100]), 100)
})

test('setting usage stays under the cap, with what the other feature spent', async () => {
  const org = await newSide()
  const [calls, texts] = await newPair(org)
  await cap(org, calls, 300n)
  await report(one, contextAt(org), { ...first(texts), value: units(50) })
  const set = async (value: number) => {
    const input = { ...first(calls), value: units(value), idempotencyKey: null, reason: null }
    try {
      await inTransaction(db, (tx) => setUsage(tx, contextAt(org), input, noon))
      return 'set'
    } catch (error) {
      return error instanceof Problem ? `${error.code} ${JSON.stringify(error.details)}` : String(error)
    }
  }
  assert.equal(await set(61), 'included_limit_reached {"limit":"spend_cap"}')
  assert.equal(await set(60), 'set')
  assert.deepEqual(await report(one, contextAt(org), first(texts)), { refused: 'included_limit_reached' })
  assert.equal(await set(0), 'set')
  assert(isRecorded(await report(one, contextAt(org), { ...first(texts), value: units(20) })))
})

test('settings and tracking at once on two features never pass their common cap', async () => {
  const org = await newSide()
  const [calls, texts] = await newPair(org)
  await cap(org, calls, 300n)
  await Promise.all([
    ...Array.from({ length: 15 }, (_, index) => {
      const input = {
        ...first(index % 2 === 0 ? calls : texts),
        value: units(index * 9),
        idempotencyKey: null,
        reason: null,
      }
      return inTransaction(db, (tx) => setUsage(tx, contextAt(org), input, noon)).catch((error) => {
        assert(error instanceof Problem, String(error))
      })
    }),
    storm(150, (metering, index) => report(metering, contextAt(org), first(index % 2 === 0 ? calls : texts))),
  ])
  assert((await billOf(org, [calls, 200], [texts, 500])) <= 300)
  await assertConsistent(org)
})

test("the customer's own cap and the merchant's: the lower one is in force, and each is kept", async () => {
  const org = await newSide()
  const calls = await newMeteredCustomers(db, org, sold(200))
  await cap(org, calls, 300n)
  const key = { subscriptionId: idOf(calls), featureId: null, owner: 'customer' } as const
  await inTransaction(db, (tx) => saveCap(tx, org.id, key, { amount: 100n, sinceWindow: 1, now: noon }))
  const caps = await findCaps(db, org.id, [idOf(calls)])
  assert.equal(caps.length, 2)
  assert.equal(capsInForce(caps).total, 100n)
  const reported = await storm(100, (metering) => report(metering, contextAt(org), first(calls)))
  assert.equal(reported.filter(isRecorded).length, 60)
})

test('counters are the sums of the events after everything above', async () => {
  const org = await newSide()
  const [calls] = await newPair(org)
  await cap(org, calls, 0n)
  await storm(50, (metering) => report(metering, contextAt(org), first(calls)))
  assert((await countersAndEvents(db, org)).some(({ counted }) => counted === '10.000000 in 10'))
})
