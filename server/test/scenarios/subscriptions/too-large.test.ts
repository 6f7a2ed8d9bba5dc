import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
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
