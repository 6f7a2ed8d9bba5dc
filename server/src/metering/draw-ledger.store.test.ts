import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { sql } from 'kysely'
import { createMetering } from '#metering/metering.ts'
import { units } from '#money/quantity.ts'
import { cloneDatabase } from '../../test/support/database.ts'
import { booksOf, newFundedCustomers, rollFunded, toldOf } from '../../test/support/ledgers.ts'
import type { Metered } from '../../test/support/metering.ts'
import { contextAt, newOrganisation, noon } from '../../test/support/organisations.ts'
import { countersAndEvents, countRefused, isRecorded, report, withKey } from '../../test/support/usage.ts'

const database = await cloneDatabase({ max: 16 })
const { db } = database
// Two processes on one database, with eight connections each.
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

test('300 events of 3 credits at once on 100 credits sell exactly 33 and leave 1', async () => {
  const org = await newSide()
  const usage = first(
    await newFundedCustomers(db, org, { credits: 70, purchased: 30 }, { model: 'credits', creditsPerUnit: 3 }),
  )
  const reported = await storm(300, (metering) => report(metering, contextAt(org), usage))
  assert.equal(reported.filter(isRecorded).length, 33)
  assert.equal(countRefused(reported, 'insufficient_credits'), 267)
  const books = await booksOf(db, org, usage.subscriptionId)
  assert.deepEqual([books.plan, books.purchased], [0n, 1n])
  assert.deepEqual(books.sums, ['0', '1', '0'])
  assert.deepEqual(books.last, [0n, 1n, 0n])
  assert.equal(books.consumptions, 33n)
  assert(books.isUnbroken, 'every entry follows from the one before')
  assert.deepEqual(
    (await countersAndEvents(db, org)).map(({ counted }) => counted),
    ['33.000000 in 33'],
  )
})

test('plan credits go before purchased ones, also within one event', async () => {
  const org = await newSide()
  const usage = first(
    await newFundedCustomers(db, org, { credits: 10, purchased: 5 }, { model: 'credits', creditsPerUnit: 1 }),
  )
  await report(one, contextAt(org), { ...usage, value: units(12) })
  const books = await booksOf(db, org, usage.subscriptionId)
  assert.deepEqual([books.plan, books.purchased], [0n, 3n])
  assert(books.isUnbroken)
})

test('300 events of $0.02 at once on a blocked balance of $1.01 sell exactly 50 and leave $0.01', async () => {
  const org = await newSide()
  const usage = first(await newFundedCustomers(db, org, { balance: 10_100 }, { model: 'balance', unitPrice: 200 }))
  const reported = await storm(300, (metering) => report(metering, contextAt(org), usage))
  assert.equal(reported.filter(isRecorded).length, 50)
  assert.equal(countRefused(reported, 'insufficient_balance'), 250)
  const books = await booksOf(db, org, usage.subscriptionId)
  assert.equal(books.balance, 100n)
  assert.deepEqual(books.sums, ['0', '0', '100'])
  assert(books.isUnbroken)
})

test('a balance that may be overdrawn takes all 300 events and owes the rest', async () => {
  const org = await newSide()
  const usage = first(
    await newFundedCustomers(db, org, { balance: 10_100, mayOverdraw: true }, { model: 'balance', unitPrice: 200 }),
  )
  const reported = await storm(300, (metering) => report(metering, contextAt(org), usage))
  assert.equal(reported.filter(isRecorded).length, 300)
  const books = await booksOf(db, org, usage.subscriptionId)
  assert.equal(books.balance, 10_100n - 60_000n)
  assert(books.isUnbroken)
})

test('events of mixed cost never take what is not there, and only what does not fit is refused', async () => {
  const org = await newSide()
  const usage = first(
    await newFundedCustomers(db, org, { credits: 60, purchased: 40 }, { model: 'credits', creditsPerUnit: 1 }),
  )
  const sizes = Array.from({ length: 240 }, (_, index) => (index * 7) % 13)
  const reported = await storm(240, (metering, index) =>
    report(metering, contextAt(org), { ...usage, value: units(sizes[index] ?? 0) }),
  )
  const books = await booksOf(db, org, usage.subscriptionId)
  const left = Number(books.plan + books.purchased)
  const sold = sizes.filter((_, index) => isRecorded(reported[index] ?? { refused: '' })).reduce((a, b) => a + b, 0)
  assert.equal(sold + left, 100)
  for (const [index, size] of sizes.entries()) {
    if ('refused' in (reported[index] ?? {})) assert(size > left, `${size} would have fitted on ${left}`)
  }
  assert(books.isUnbroken)
})

test('many customers at once: no account takes from another, and nothing deadlocks', async () => {
  const org = await newSide()
  const metered = await newFundedCustomers(
    db,
    org,
    { credits: 20 },
    { model: 'credits', creditsPerUnit: 1, customers: 12 },
  )
  const reported = await storm(480, (metering, index) => {
    const customer = metered.customers[(index * 5) % 12]
    assert(customer)
    return report(metering, contextAt(org), { feature: metered.feature, customerId: customer.ownId })
  })
  assert.equal(reported.filter(isRecorded).length, 240)
  for (const { subscriptionId } of metered.customers) {
    const books = await booksOf(db, org, subscriptionId)
    assert.equal(books.plan, 0n)
    assert.equal(books.consumptions, 20n)
    assert(books.isUnbroken)
  }
})

test('200 deliveries of one request pay once', async () => {
  const org = await newSide()
  const usage = first(await newFundedCustomers(db, org, { credits: 100 }, { model: 'credits', creditsPerUnit: 5 }))
  const reported = await storm(200, (metering) => report(metering, withKey(org, 'request-1', 'same'), usage))
  assert.equal(reported.filter(isRecorded).length, 1)
  assert.equal((await booksOf(db, org, usage.subscriptionId)).plan, 95n)
})

test('each threshold is told once, however many events pass it at once', async () => {
  const org = await newSide()
  const usage = first(await newFundedCustomers(db, org, { credits: 100 }, { model: 'credits', creditsPerUnit: 1 }))
  await storm(150, (metering) => report(metering, contextAt(org), usage))
  const about = { subscriptionId: usage.subscriptionId, customerId: usage.customerId }
  assert.deepEqual(await toldOf(db, org, 'credits.low'), [
    { ...about, remainingCredits: 10, thresholdCredits: 10, periodCredits: 100 },
  ])
  assert.deepEqual(await toldOf(db, org, 'credits.depleted'), [{ ...about, remainingCredits: 0 }])
})

test('one event that takes everything tells only that it is gone', async () => {
  const org = await newSide()
  const usage = first(await newFundedCustomers(db, org, { balance: 20_000 }, { model: 'balance', unitPrice: 10_000 }))
  await report(one, contextAt(org), { ...usage, value: units(2) })
  assert.deepEqual(await toldOf(db, org, 'balance.low'), [])
  assert.deepEqual(await toldOf(db, org, 'balance.depleted'), [
    { subscriptionId: usage.subscriptionId, customerId: usage.customerId, currentBalance: 0, currency: 'usd' },
  ])
})

test('a usage of nothing costs nothing, also when nothing is left', async () => {
  const org = await newSide()
  const usage = first(await newFundedCustomers(db, org, { credits: 1 }, { model: 'credits', creditsPerUnit: 1 }))
  await report(one, contextAt(org), usage)
  assert(isRecorded(await report(one, contextAt(org), { ...usage, value: 0n })))
})

test('windows that end under load: every credit of every grant is sold, expired or left, none twice', async () => {
  const org = await newSide()
  const metered = await newFundedCustomers(db, org, { credits: 40 }, { model: 'credits', creditsPerUnit: 1 })
  const usage = first(metered)
  const funding = { model: 'credits', blockOnExhaustion: false, credits: 40n, balance: 0n } as const
  const running = storm(400, async (metering, index) => {
    await setTimeout((index % 20) * 5)
    return report(metering, contextAt(org), usage)
  })
  for (let roll = 0; roll < 4; roll++) {
    await setTimeout(15)
    await rollFunded(db, org, metered, usage.subscriptionId, funding)
  }
  const reported = await running
  const books = await booksOf(db, org, usage.subscriptionId)
  assert(books.isUnbroken)
  assert.deepEqual(books.sums, [String(books.plan), '0', '0'])
  assert.equal(books.consumptions, BigInt(reported.filter(isRecorded).length))
  assert(reported.filter(isRecorded).length <= 5 * 40)
  assert.deepEqual(
    (await countersAndEvents(db, org)).filter(({ counted, recorded }) => counted !== recorded),
    [],
  )
  const perWindow = await sql<{ spent: bigint }>`
    select -sum(plan_credits)::bigint as spent from ledger_entry
    where org_id = ${org.id} and kind = 'consumption' group by window_number`.execute(db)
  for (const { spent } of perWindow.rows) assert(spent <= 40n, `${spent} of 40 credits were sold in one window`)
})

test('overdrafts of windows that end under load are billed to the last unit', async () => {
  const org = await newSide()
  const metered = await newFundedCustomers(
    db,
    org,
    { balance: 5_000, mayOverdraw: true },
    { model: 'balance', unitPrice: 1_000 },
  )
  const usage = first(metered)
  const funding = { model: 'balance', blockOnExhaustion: false, credits: 0n, balance: 5_000n } as const
  const billed: bigint[] = []
  const running = storm(300, async (metering, index) => {
    await setTimeout((index % 20) * 5)
    return report(metering, contextAt(org), usage)
  })
  for (let roll = 0; roll < 4; roll++) {
    await setTimeout(15)
    await rollFunded(db, org, metered, usage.subscriptionId, funding, billed)
  }
  assert.equal((await running).filter(isRecorded).length, 300)
  await rollFunded(db, org, metered, usage.subscriptionId, funding, billed)
  const { rows } = await sql<{ spent: bigint }>`
    select sum(greatest(-sum, 0))::bigint as spent from (
      select 5000 + sum(balance) from ledger_entry where org_id = ${org.id} and kind = 'consumption' group by window_number
    ) windows (sum)`.execute(db)
  assert.equal(
    billed.reduce((a, b) => a + b, 0n),
    rows[0]?.spent,
  )
  const books = await booksOf(db, org, usage.subscriptionId)
  assert(books.isUnbroken)
  assert.equal(books.balance, 5_000n)
})
