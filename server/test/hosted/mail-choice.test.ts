import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createLinks, signingKey } from '#links.ts'
import { visit } from '../support/checkouts.ts'
import { fundedCustomer, fundedPlan } from '../support/ledger-stories.ts'
import { createWorld, testSecret, type World } from '../support/world.ts'

let world: World
let subscriptionId: string
let path: string
before(async () => {
  world = await createWorld()
  const plan = await fundedPlan(world, {
    model: 'credits',
    feature: 'renders',
    creditsPerUnit: 1,
    includedCredits: 100,
  })
  const customer = await fundedCustomer(world, plan)
  subscriptionId = customer.subscriptionId
  const row = await world.db.selectFrom('subscription').select('customer_id').executeTakeFirstOrThrow()
  path = new URL(createLinks(world.url, signingKey(testSecret)).mailChoice(world.orgId, row.customer_id)).pathname
})
after(() => world.close())

async function grantsTold(): Promise<number> {
  await world.client.subscriptions.adjustBalance({ id: subscriptionId, amount: 1, reason: 'goodwill' })
  const rows = await world.db.selectFrom('mail').select('id').where('kind', '=', 'credits_granted').execute()
  return rows.length
}

test('opening the page stops nothing; its button does, and another one brings hints back', async () => {
  const opened = await visit(world, `${path}?locale=en`)
  assert.match(opened.body, /Hints by mail[\s\S]*Send no more hints/)
  assert.equal(await grantsTold(), 1)
  const stopped = await visit(world, `${path}?locale=es`, { hints: 'off' })
  assert.match(stopped.body, /Ya no recibirás avisos[\s\S]*Volver a enviarlos/)
  assert.equal(await grantsTold(), 1)
  await visit(world, path, { hints: 'on' })
  assert.equal(await grantsTold(), 2)
})

test('a mail program says it in one request, as often as it likes, and invoices still come', async () => {
  for (let times = 0; times < 2; times++) {
    assert.equal((await visit(world, path, { 'List-Unsubscribe': 'One-Click' })).status, 200)
  }
  assert.equal(await grantsTold(), 2)
  const { data } = await world.client.invoices.list({ subscriptionId })
  await world.client.invoices.send({ id: data?.[0]?.id ?? '' })
  const sent = await world.db.selectFrom('mail').select('id').where('kind', '=', 'invoice_sent').execute()
  assert.equal(sent.length, 1)
})

test('a link that nobody signed chooses nothing, nor a form of another site', async () => {
  assert.equal((await visit(world, `${path.slice(0, -3)}abc`, { hints: 'off' })).status, 404)
  const foreign = await world.request('POST', path, {
    key: null,
    text: 'hints=on',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' },
  })
  assert.equal(foreign.status, 403)
})
