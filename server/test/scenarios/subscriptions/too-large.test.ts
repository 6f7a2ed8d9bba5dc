import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { fundedPlan } from '../../support/ledger-stories.ts'
import { ChangeStory } from '../../support/plan-changes.ts'
import { customerAt, joinFrom, registerTax } from '../../support/taxes.ts'
import type { Answer } from '../../support/world.ts'

/** The largest price that can be written down; with tax no number of JSON can say what it comes to. */
const largest = 9_007_199_254_740_991

let story: ChangeStory
let huge: string
beforeEach(async () => {
  story = await ChangeStory.on('2041-06-10')
  const free = await story.plan('free', { isFree: true })
  const small = await story.plan('small', { price: 100 })
  huge = await story.plan('huge', { price: largest })
  await story.group(free, small, huge)
  await registerTax(story.world, 'DE', ['DE'])
})
afterEach(() => story.close())

const told = ({ status, body }: Answer) => `${status} ${body.error?.code ?? ''}`
const invoiceTotals = async () =>
  (await story.world.request('GET', '/api/v1/invoices')).body.data.map(({ total }: { total: number }) => total)

test('a change that comes to more than an answer can say is refused before anything is charged', async () => {
  await joinFrom(story, 'ada', 'DE', 'small')
  assert.equal(told(await story.preview('ada', huge)), '422 validation_error')
  assert.equal(told(await story.change('ada', { newPlanId: huge })), '422 validation_error')
  assert.deepEqual(await story.booked(), ['succeeded 119'])
  assert.deepEqual(await invoiceTotals(), [119])
})

test('so is a subscription, a free customer’s change, and a checkout that is too large only where its buyer lives', async () => {
  const { world } = story
  await customerAt(world, 'ada', 'DE')
  const asked = { customerId: 'ada', planCode: 'huge' }
  assert.equal(told(await world.request('POST', '/api/v1/subscriptions', { body: asked })), '422 validation_error')
  await story.subscribe('ada', 'free')
  assert.equal(told(await story.change('ada', { newPlanId: huge })), '422 validation_error')
  await story.customer('bob')
  const { checkoutUrl } = await story.subscribe('bob', 'huge')
  assert.equal(told(await story.pay(checkoutUrl, undefined, 'DE')), '422 validation_error')
  assert.deepEqual(await story.booked(), [])
  assert.deepEqual(await invoiceTotals(), [largest])
})

test('a base price that is raised to what no invoice could say with its tax is not taken over: the last one paid goes on', async () => {
  const small = (await story.world.request('GET', '/api/v1/plans/small')).body.data.id
  await joinFrom(story, 'ada', 'DE', 'small')
  await story.changePrice(small, largest)
  await story.until('2041-07-10')
  assert.deepEqual(await story.booked(), ['succeeded 119', 'succeeded 119'])
  assert.deepEqual(await invoiceTotals(), [119, 119])
  assert.equal((await story.subscription('ada')).status, 'active')
})

test('a renewal that comes to too much all the same is not asked for, once, and told to whoever runs billing', async () => {
  const { world } = story
  const plan = await story.plan('seated', { price: 100 })
  await story.seats(plan, 0, 10)
  await story.join('ada', 'seated', { initialSeats: { seats: 1000 } })
  await world.client.plans.updateFeature({
    id: plan,
    featureId: 'seats',
    overage: { enabled: true, unitPrice: largest },
  })
  await story.goTo('2041-07-10')
  const { data } = await world.client.testClock.processBilling()
  assert.deepEqual([data?.customersFound, data?.failed], [1, 1])
  assert.equal(await story.bill(), 0)
  const { status, currentPeriod } = await story.subscription('ada')
  assert.deepEqual([status, currentPeriod?.end], ['active', '2041-08-10T00:00:00.000Z'])
  await world.client.plans.updateFeature({ id: plan, featureId: 'seats', overage: { enabled: true, unitPrice: 10 } })
  await story.until('2041-08-10')
  assert.deepEqual(await invoiceTotals(), [200, 200])
  assert.deepEqual(await story.booked(), ['succeeded 200', 'succeeded 200'])
})

test('one that a request comes upon is told in the same way', async () => {
  await story.close()
  const lines: string[] = []
  story = await ChangeStory.on('2041-06-10', { log: { write: (line) => void lines.push(line) } })
  const plan = await story.plan('seated', { price: 100 })
  await story.seats(plan, 0, 10)
  const other = await story.plan('other', { price: 200 })
  await story.group(plan, other)
  const ada = await story.join('ada', 'seated', { initialSeats: { seats: 1000 } })
  await story.world.client.plans.updateFeature({
    id: plan,
    featureId: 'seats',
    overage: { enabled: true, unitPrice: largest },
  })
  await story.goTo('2041-07-10')
  await story.preview('ada', other)
  assert.equal((await story.subscription('ada')).currentPeriod?.end, '2041-08-10T00:00:00.000Z')
  const told = lines
    .filter((line) => line.includes('comes to more than a whole number'))
    .map((line) => JSON.parse(line))
  assert.deepEqual(
    told.map(({ level, subscriptionId }) => [level, subscriptionId]),
    [[50, ada]],
  )
  assert.deepEqual(await invoiceTotals(), [200])
})

test('no more credits, balance or customer credit than can be told: refused before anything is charged', async () => {
  const { world } = story
  const { client } = world
  const credits = await fundedPlan(world, {
    model: 'credits',
    feature: 'images',
    creditsPerUnit: 1,
    includedCredits: 100,
  })
  await story.customer('ada')
  const { data: ada } = await client.subscriptions.create({ customerId: 'ada', planId: credits.id })
  assert.equal((await story.pay(ada?.checkoutUrl ?? '')).status, 200)
  const id = ada?.id ?? ''
  const { data: pack } = await client.creditPacks.create({ name: 'All', credits: largest - 200, price: 1000 })
  const buy = () =>
    world.request('POST', `/api/v1/subscriptions/${id}/credits`, {
      body: { creditPackId: pack?.id },
    })
  assert.deepEqual([told(await buy()), told(await buy())], ['200 ', '422 validation_error'])
  // What the plan includes more is given as far as it can be told beside what was bought.
  const { body } = await world.request('GET', `/api/v1/plans/${credits.id}`)
  const path = `/api/v1/plans/${credits.id}/prices/${body.data.prices[0].id}`
  assert.equal((await world.request('PUT', path, { body: { includedCredits: largest } })).status, 200)
  const shown = async () => (await client.subscriptions.get({ id })).data?.credits?.remaining
  assert.equal(await shown(), largest)
  await story.until('2041-07-10')
  assert.equal(await shown(), largest)
  const sorry = { customerId: 'ada', amount: -largest, description: 'Sorry' }
  assert.equal(told(await world.request('POST', '/api/v1/invoices', { body: sorry })), '201 ')
  assert.equal(
    told(await world.request('POST', '/api/v1/invoices', { body: { ...sorry, amount: -1 } })),
    '422 validation_error',
  )
})
