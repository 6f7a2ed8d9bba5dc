import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { sweepReservations } from '#metering/actions/sweep-reservations.ts'
import { createMetering } from '#metering/metering.ts'
import { units } from '#money/quantity.ts'
import { cloneDatabase } from '../../test/support/database.ts'
import { booksOf, newFundedCustomers, rollFunded } from '../../test/support/ledgers.ts'
import { changeTerms, type Metered, newMeteredCustomers, rollWindow } from '../../test/support/metering.ts'
import { contextAt, newOrganisation, noon } from '../../test/support/organisations.ts'
import { commit, countStatuses, type Done, release, reserve, unbalancedPools } from '../../test/support/reservations.ts'
import { countersAndEvents, isRecorded, report } from '../../test/support/usage.ts'

const database = await cloneDatabase({ max: 24 })
const { db } = database
// Two processes on one database, as far as metering is concerned.
const newProcess = () => createMetering({ db, address: database.url, machineNow: () => noon })
const [one, other] = [newProcess(), newProcess()]
after(async () => {
  await one.close()
  await other.close()
  await database.drop()
})

const newSide = async () => (await newOrganisation(db)).sandbox
const later = (seconds: number) => noon.add({ seconds })

function storm<T>(n: number, run: (metering: typeof one, index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: n }, (_, index) => run(index % 2 === 0 ? one : other, index)))
}

const first = ({ feature, customers: [customer] }: Metered) => {
  assert(customer)
  const { ownId: customerId, subscriptionId } = customer
  return {
    hold: { customerId, featureCode: feature, quantity: units(1) },
    use: { customerId, feature },
    subscriptionId,
  }
}

const idsOf = (done: readonly Done[]) => done.flatMap((one) => ('id' in one ? [one.id] : []))
const codeOf = (done: Done) => ('refused' in done ? done.refused : 'held')
const codesOf = (done: readonly Done[]) => [...new Set(done.flatMap((one) => ('refused' in one ? [one.refused] : [])))]

async function reserved(metering: typeof one, ...rest: [Parameters<typeof reserve>[1], Parameters<typeof reserve>[2]]) {
  const done = await reserve(metering, ...rest)
  assert('id' in done, JSON.stringify(done))
  return done.id
}

test('100 parallel reservations of 3 units on 100 hold exactly 33', async () => {
  const org = await newSide()
  const { hold } = first(await newMeteredCustomers(db, org, { included: 100 }))
  const done = await storm(100, (metering) => reserve(metering, contextAt(org), { ...hold, quantity: units(3) }))
  assert.equal(idsOf(done).length, 33)
  assert.deepEqual(codesOf(done), ['included_limit_reached'])
  assert.deepEqual(await unbalancedPools(db, org), [])
})

test('100 parallel reservations of 7 credits on 60 of the plan and 40 bought ones hold exactly 14', async () => {
  const org = await newSide()
  const funds = { credits: 60, purchased: 40 }
  const { hold } = first(await newFundedCustomers(db, org, funds, { model: 'credits', creditsPerUnit: 7 }))
  const done = await storm(100, (metering) => reserve(metering, contextAt(org), hold))
  assert.equal(idsOf(done).length, 14)
  assert.deepEqual(codesOf(done), ['insufficient_credits'])
  assert.deepEqual(await unbalancedPools(db, org), [])
})

test('100 parallel reservations of $0.02 on a blocked balance of $1.01 hold exactly 50', async () => {
  const org = await newSide()
  const { hold } = first(await newFundedCustomers(db, org, { balance: 10_100 }, { model: 'balance', unitPrice: 200 }))
  const done = await storm(100, (metering) => reserve(metering, contextAt(org), hold))
  assert.equal(idsOf(done).length, 50)
  assert.deepEqual(codesOf(done), ['insufficient_balance'])
})

test('reservations and usage at once never sell more than there is', async () => {
  const org = await newSide()
  const { hold, use } = first(await newMeteredCustomers(db, org, { included: 60 }))
  const done = await storm(120, (metering, index) =>
    index % 3 === 0 ? report(metering, contextAt(org), use) : reserve(metering, contextAt(org), hold),
  )
  assert.equal(idsOf(done).length, 60)
  assert.deepEqual(await unbalancedPools(db, org), [])
})

test('of 20 commits, 20 releases and the sweeper on one hold that has just run out, or not yet, exactly one ends it', async () => {
  const org = await newSide()
  const { hold } = first(await newMeteredCustomers(db, org, { included: 1000 }))
  for (const seconds of [1, 3599, 3600]) {
    const id = await reserved(one, contextAt(org), { ...hold, quantity: units(5), expiresInSeconds: 3600 })
    const at = contextAt(org, later(seconds))
    const machine = { db, machineNow: () => later(3600) }
    const [committed, ended] = await Promise.all([
      storm(20, (metering) => commit(metering, at, id, units(4))),
      storm(20, (metering) => release(metering, at, id)),
      sweepReservations(machine, 100),
    ])
    const rows = await db.selectFrom('usage_reservation').selectAll().where('id', '=', id).execute()
    const isCommitted = rows[0]?.status === 'committed'
    assert.equal(idsOf(committed).length, isCommitted ? 1 : 0)
    assert.equal(idsOf(ended).length, isCommitted ? 0 : 20)
    assert.deepEqual(await unbalancedPools(db, org), [])
  }
  const [row] = await countersAndEvents(db, org)
  assert.equal(row?.counted, row?.recorded)
})

test('after a storm of every kind the counters are the sums of events, and reserved the sum of open holds', async () => {
  for (const model of ['metered', 'credits', 'balance'] as const) {
    const org = await newSide()
    const metered =
      model === 'metered'
        ? await newMeteredCustomers(db, org, { included: 90 })
        : await newFundedCustomers(
            db,
            org,
            model === 'credits' ? { credits: 50, purchased: 40 } : { balance: 18_000 },
            model === 'credits' ? { model, creditsPerUnit: 1 } : { model, unitPrice: 200 },
          )
    const { hold, use, subscriptionId } = first(metered)
    await storm(160, async (metering, index) => {
      const at = contextAt(org, later(index % 7))
      if (index % 5 === 0) return report(metering, at, use)
      const done = await reserve(metering, at, { ...hold, expiresInSeconds: 1 + (index % 9), quantity: units(2) })
      if ('refused' in done) return done
      if (index % 5 === 1) return release(metering, contextAt(org, later(index % 11)), done.id)
      return index % 5 === 2
        ? done
        : commit(metering, contextAt(org, later(index % 11)), done.id, units(1 + (index % 4)))
    })
    await sweepReservations({ db, machineNow: () => later(20) }, 1000)
    assert.equal((await countStatuses(db, org)).held, undefined)
    assert.deepEqual(await unbalancedPools(db, org), [])
    const [row] = await countersAndEvents(db, org)
    assert.equal(row?.counted, row?.recorded)
    assert(Number(row?.counted.split(' ')[0]) <= 90)
    if (model === 'metered') continue
    const books = await booksOf(db, org, subscriptionId)
    assert(books.isUnbroken && books.plan >= 0n && books.purchased >= 0n && books.balance >= 0n)
  }
})

test('a hold that nobody commits is given back by the sweeper when its time is over, and not before', async () => {
  const org = await newSide()
  const { hold, use } = first(await newMeteredCustomers(db, org, { included: 5 }))
  await reserved(one, contextAt(org), { ...hold, quantity: units(5), expiresInSeconds: 60 })
  assert.deepEqual(await sweepReservations({ db, machineNow: () => later(59) }, 100), { expired: 0, troubled: [] })
  assert.deepEqual(await report(one, contextAt(org, later(59)), use), { refused: 'included_limit_reached' })
  assert.deepEqual(await sweepReservations({ db, machineNow: () => later(60) }, 100), { expired: 1, troubled: [] })
  assert(isRecorded(await report(other, contextAt(org, later(60)), use)))
})

test('what has run out refuses nobody, also before the sweeper came: usage, reservations and commits of more', async () => {
  const org = await newSide()
  const metered = await newMeteredCustomers(db, org, { included: 10, customers: 3 })
  const [a, b, c] = metered.customers
  assert(a && b && c)
  const hold = (customerId: string, quantity: number) => ({
    customerId,
    featureCode: metered.feature,
    quantity: units(quantity),
  })
  for (const { ownId } of metered.customers) {
    await reserved(one, contextAt(org), { ...hold(ownId, 8), expiresInSeconds: 60 })
  }
  const at = contextAt(org, later(61))
  const mine = await reserved(one, contextAt(org), { ...hold(c.ownId, 2), expiresInSeconds: 600 })
  assert(isRecorded(await report(one, at, { feature: metered.feature, customerId: a.ownId, value: units(9) })))
  assert('id' in (await reserve(one, at, hold(b.ownId, 9))))
  assert('id' in (await commit(one, at, mine, units(10))))
  assert.deepEqual(await countStatuses(db, org), { committed: 1, expired: 3, held: 1 })
  assert.deepEqual(await unbalancedPools(db, org), [])
})

test('twenty requests with one idempotencyKey hold once and are all answered with the same reservation', async () => {
  const org = await newSide()
  const { hold } = first(await newMeteredCustomers(db, org, { included: 100 }))
  const done = await storm(20, (metering) => reserve(metering, contextAt(org), { ...hold, ownKey: 'job-1' }))
  assert.equal(idsOf(done).length, 20)
  assert.equal(new Set(idsOf(done)).size, 1)
  assert.deepEqual(await countStatuses(db, org), { held: 1 })
  const another = await reserve(one, contextAt(org), { ...hold, ownKey: 'job-1', quantity: units(2) })
  assert.deepEqual(another, { refused: 'duplicate' })
})

test('committed after its window closed, the usage counts in the next one and needs room there', async () => {
  const org = await newSide()
  const metered = await newMeteredCustomers(db, org, { included: 10 })
  const { hold, use, subscriptionId } = first(metered)
  const id = await reserved(one, contextAt(org), { ...hold, quantity: units(8) })
  const closed = await rollWindow(db, org, metered, subscriptionId)
  assert.equal(closed.total, 0n)
  assert(isRecorded(await report(one, contextAt(org), { ...use, value: units(4) })))
  assert.deepEqual(await commit(one, contextAt(org), id), { refused: 'included_limit_reached' })
  assert.deepEqual(await countStatuses(db, org), { held: 1 })
  assert('id' in (await commit(other, contextAt(org), id, units(6))))
  assert.deepEqual(await unbalancedPools(db, org), [])
  assert.deepEqual(
    (await countersAndEvents(db, org)).map(({ counter, counted }) => [counter.split(' ')[1], counted]),
    [
      ['1', '0.000000 in 0'],
      ['2', '10.000000 in 2'],
    ],
  )
})

test('credits stay held across a reset: of 12 and 3 held, a grant of 14 leaves 12 and 2', async () => {
  const org = await newSide()
  const metered = await newFundedCustomers(db, org, { credits: 20 }, { model: 'credits', creditsPerUnit: 1 })
  const { hold, subscriptionId } = first(metered)
  const [large, small] = [
    await reserved(one, contextAt(org), { ...hold, quantity: units(12) }),
    await reserved(one, contextAt(org), { ...hold, quantity: units(3) }),
  ]
  const funding = { model: 'credits', blockOnExhaustion: false, credits: 14n, balance: 0n } as const
  await rollFunded(db, org, metered, subscriptionId, funding)
  assert.deepEqual(await unbalancedPools(db, org), [])
  assert.deepEqual(await reserve(one, contextAt(org), hold), { refused: 'insufficient_credits' })
  assert.deepEqual(await commit(one, contextAt(org), small), { refused: 'insufficient_credits' })
  assert('id' in (await commit(one, contextAt(org), small, units(2))))
  assert('id' in (await commit(one, contextAt(org), large)))
  const books = await booksOf(db, org, subscriptionId)
  assert.deepEqual([books.plan, books.purchased, books.isUnbroken], [0n, 0n, true])
  assert.deepEqual(await unbalancedPools(db, org), [])
})

test('a window that begins under another model holds nothing of the old one, and what was reserved can still be committed', async () => {
  const org = await newSide()
  const metered = await newFundedCustomers(db, org, { credits: 20 }, { model: 'credits', creditsPerUnit: 1 })
  const { hold, use, subscriptionId } = first(metered)
  const id = await reserved(one, contextAt(org), { ...hold, quantity: units(12) })
  await db.updateTable('plan').set({ consumption_model: 'balance' }).where('org_id', '=', org.id).execute()
  const funding = { model: 'balance', blockOnExhaustion: true, credits: 0n, balance: 2_000n } as const
  await rollFunded(db, org, metered, subscriptionId, funding)
  assert.deepEqual(await unbalancedPools(db, org), [])
  assert.deepEqual(await commit(one, contextAt(org), id), { refused: 'insufficient_balance' })
  // 12 credits would be $0.0012 of what is left.
  assert(isRecorded(await report(one, contextAt(org), { ...use, value: units(4) })))
  assert.deepEqual(await reserve(one, contextAt(org), { ...hold, quantity: units(6) }).then(codeOf), 'held')
  assert.deepEqual(await commit(one, contextAt(org), id, units(1)), { refused: 'insufficient_balance' })
  assert.equal((await booksOf(db, org, subscriptionId)).balance, 1_200n)
})

test('a reservation that waits for its counter while the subscription ends holds nothing', async () => {
  const org = await newSide()
  const { hold, subscriptionId } = first(await newMeteredCustomers(db, org, { included: 10 }))
  let waiting: Promise<Done> | undefined
  await db.transaction().execute(async (tx) => {
    await tx.selectFrom('usage_counter').select('total').where('org_id', '=', org.id).forUpdate().execute()
    waiting = reserve(one, contextAt(org), hold)
    await setTimeout(100)
    const ended = { status: 'canceled' as const, epoch: 2n }
    await tx.updateTable('subscription').set(ended).where('id', '=', subscriptionId).execute()
  })
  assert.deepEqual(await waiting, { refused: 'no_active_subscription' })
  assert.deepEqual(await countStatuses(db, org), {})
})

test('a limit that was lowered below what is held takes nothing from the hold', async () => {
  const org = await newSide()
  const metered = await newMeteredCustomers(db, org, { included: 5 })
  const { hold } = first(metered)
  await changeTerms(db, org, metered, { included: 10 })
  const id = await reserved(one, contextAt((await newestOf(org)) ?? org), { ...hold, quantity: units(9) })
  assert('id' in (await commit(other, contextAt(org), id)))
})

async function newestOf(org: Awaited<ReturnType<typeof newSide>>) {
  const row = await db.selectFrom('side').select('version').where('org_id', '=', org.id).executeTakeFirstOrThrow()
  return { ...org, version: row.version }
}
