import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setAiModelPrice } from '#catalogue/actions/set-ai-model-price.ts'
import { flatPrices } from '#catalogue/ai-model.ts'
import { saveExchangeRate } from '#catalogue/exchange-rates.store.ts'
import { inTransaction, type Tx } from '#database/transaction.ts'
import { createMetering } from '#metering/metering.ts'
import { TermsCache } from '#metering/terms-cache.ts'
import { fromStoredTokenCost, type StoredTokenCost } from '#metering/token-cost.ts'
import { parseExchangeRate } from '#money/exchange.ts'
import { tokenPriceOfDollars } from '#money/token-price.ts'
import type { Org } from '#organisations/org.ts'
import { findOrg, moveVersion } from '#organisations/sides.store.ts'
import { cloneDatabase } from '../../test/support/database.ts'
import { booksOf, newFundedCustomers } from '../../test/support/ledgers.ts'
import type { MeteredOptions } from '../../test/support/metering.ts'
import { contextAt, newOrganisation, noon } from '../../test/support/organisations.ts'
import { countRefused, isRecorded, report } from '../../test/support/usage.ts'

const database = await cloneDatabase({ max: 16 })
const { db } = database
const newProcess = () => createMetering({ db, address: database.url, machineNow: () => noon })
const [one, other] = [newProcess(), newProcess()]
after(async () => {
  await one.close()
  await other.close()
  await database.drop()
})

const thousandAndFiveHundred = { model: 'claude-sonnet-4-0', inputTokens: 1_000, outputTokens: 500 }

async function newAiCustomer(balance: number, options: Omit<MeteredOptions, 'model'> = {}, mayOverdraw = false) {
  const { sandbox: org } = await newOrganisation(db)
  const metered = await newFundedCustomers(
    db,
    org,
    { balance, mayOverdraw },
    { model: 'balance', aiMargin: 2_000, ...options },
  )
  const customer = metered.customers[0] ?? assert.fail()
  const usage = { feature: metered.feature, customerId: customer.ownId, ...thousandAndFiveHundred }
  return { org, planId: metered.planId, subscriptionId: customer.subscriptionId, usage }
}

const balanceOf = async (org: Org, subscriptionId: string) => (await booksOf(db, org, subscriptionId)).balance

const dollars = (price: number) => tokenPriceOfDollars(price) ?? assert.fail()
const priced = (input: number, output: number) =>
  flatPrices({ inputPrice: dollars(input), outputPrice: dollars(output) })

/** A change of the catalogue; answers the side as it is afterwards. */
async function change(org: Org, work: (tx: Tx) => Promise<unknown>): Promise<Org> {
  await inTransaction(db, work)
  return (await findOrg(db, org.id)) ?? assert.fail()
}

test('100 events of $0.0126 at once on a blocked balance of $0.20 sell exactly 15, through two processes', async () => {
  const { org, subscriptionId, usage } = await newAiCustomer(2_000)
  const reported = await Promise.all(
    Array.from({ length: 100 }, (_, index) => report(index % 2 === 0 ? one : other, contextAt(org), usage)),
  )
  assert.equal(reported.filter(isRecorded).length, 15)
  assert.equal(countRefused(reported, 'insufficient_balance'), 85)
  assert.equal(await balanceOf(org, subscriptionId), 110n)
})

test('what every event of a side cost, as it is kept, is what its account paid', async () => {
  const { org, subscriptionId, usage } = await newAiCustomer(1_000_000)
  for (const inputTokens of [0, 1, 999, 333_333, 250_001]) {
    await report(one, contextAt(org), { ...usage, inputTokens, cacheReadTokens: Math.floor(inputTokens / 3) })
  }
  const events = await db
    .selectFrom('usage_event')
    .select(['tokens', 'quantity'])
    .where('org_id', '=', org.id)
    .execute()
  const costs = events.map(({ tokens }) => fromStoredTokenCost(tokens as unknown as StoredTokenCost))
  assert.equal(costs.length, 5)
  assert.equal(1_000_000n - costs.reduce((sum, { charged }) => sum + charged, 0n), await balanceOf(org, subscriptionId))
  events.forEach(({ quantity }, index) => {
    const { input, output, cacheRead, cacheWrite } = costs[index] ?? assert.fail()
    assert.equal(Number(quantity), input.tokens + output.tokens + cacheRead.tokens + cacheWrite.tokens)
  })
})

test('an own price holds at once in every process, and only for its own side', async () => {
  const mine = await newAiCustomer(100_000)
  const theirs = await newAiCustomer(100_000)
  await report(one, contextAt(mine.org), mine.usage)
  await report(other, contextAt(mine.org), mine.usage)
  const context = { org: mine.org, now: noon }
  const org = await change(mine.org, (tx) =>
    setAiModelPrice(tx, context, { model: 'claude-sonnet-4-0', prices: priced(30, 150) }),
  )
  for (const metering of [one, other]) await report(metering, contextAt(org), mine.usage)
  await report(one, contextAt(theirs.org), theirs.usage)
  // Twice 126, then twice 1,260.
  assert.equal(await balanceOf(org, mine.subscriptionId), 97_228n)
  assert.equal(await balanceOf(theirs.org, theirs.subscriptionId), 99_874n)
})

test('the price in force at the timestamp of an event counts, not the one at its recording', async () => {
  const { org: before, subscriptionId, usage } = await newAiCustomer(100_000)
  const from = noon.subtract({ hours: 24 })
  const org = await change(before, (tx) =>
    setAiModelPrice(
      tx,
      { org: before, now: noon },
      { model: usage.model, prices: priced(30, 150), effectiveFrom: from },
    ),
  )
  await report(one, contextAt(org), { ...usage, timestamp: from.subtract({ milliseconds: 1 }) })
  assert.equal(await balanceOf(org, subscriptionId), 99_874n)
  await report(one, contextAt(org), { ...usage, timestamp: from })
  assert.equal(await balanceOf(org, subscriptionId), 98_614n)
})

test('in another currency the total is exchanged at the rate of the plan, rounded up; without one it is refused', async () => {
  const { org: before, planId, subscriptionId, usage } = await newAiCustomer(10_000, { currency: 'brl' })
  assert.deepEqual(await report(one, contextAt(before), usage), { refused: 'missing_regional_price' })
  const org = await change(before, async (tx) => {
    const revision = await moveVersion(tx, before.id)
    const rate = parseExchangeRate('5.437') ?? assert.fail()
    await saveExchangeRate(tx, before.id, { planId, currency: 'brl', rate }, { revision, effectiveAt: noon })
  })
  assert.ok(isRecorded(await report(one, contextAt(org), usage)))
  // 126 × 5.437 = 685.062.
  assert.equal(await balanceOf(org, subscriptionId), 9_314n)
  const { tokens } = await db
    .selectFrom('usage_event')
    .select('tokens')
    .where('org_id', '=', org.id)
    .executeTakeFirstOrThrow()
  const { total, currency, exchangeRate, charged } = tokens as unknown as StoredTokenCost
  assert.deepEqual([total, currency, exchangeRate, charged], ['126', 'brl', '5.437', '686'])
})

test('the catalogue is not read again for an event while nothing changes', async () => {
  let read = 0
  const counting = db.withPlugin({
    transformQuery({ node }) {
      read++
      return node
    },
    transformResult: async ({ result }) => result,
  })
  const metering = { ...one, terms: new TermsCache(counting) }
  const { org, usage } = await newAiCustomer(100_000)
  await report(metering, contextAt(org), usage)
  assert.ok(read > 0, 'the first event reads it')
  read = 0
  for (let n = 0; n < 10; n++) assert.ok(isRecorded(await report(metering, contextAt(org), usage)))
  assert.equal(read, 0)
})
