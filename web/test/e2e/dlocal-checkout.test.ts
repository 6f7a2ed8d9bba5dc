import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { launchBrowser } from '../../../server/test/support/browser.ts'
import { newCheckout } from '../../../server/test/support/checkouts.ts'
import { connect } from '../../../server/test/support/connections.ts'
import { DlocalDouble } from '../../../server/test/support/dlocal-double.ts'
import { createWorld, type World } from '../../../server/test/support/world.ts'
import { complaintsOf } from '../support/shopper.ts'

const browser = await launchBrowser()
let dlocal: DlocalDouble
let world: World
let connection: string
before(async () => {
  dlocal = await DlocalDouble.start()
  world = await createWorld({ reachable: true, providerAddresses: { dlocal: dlocal.url } })
  connection = await connect(world, 'dlocal', dlocal.credentials)
})
after(async () => {
  await browser.close()
  await world.close()
  await dlocal.stop()
})

/** Opens a checkout, and notes whom else the browser asks. */
async function shopper(token: string, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ locale: 'en-US', ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const complaints = complaintsOf(page)
  const hosts = new Set<string>()
  page.on('request', (request) => {
    const { origin, host } = new URL(request.url())
    if (origin !== world.url) hosts.add(host)
  })
  await page.goto(`${world.url}/checkout/${token}`)
  return { page, complaints, hosts, close: () => context.close() }
}

async function typeDetails(page: Page): Promise<void> {
  await page.getByLabel('Country or region').selectOption('BR')
  await page.getByLabel('Address', { exact: true }).fill('Av. Paulista 1000')
  await page.getByLabel('City').fill('São Paulo')
  await page.locator('[name=state]').fill('SP')
  await page.locator('[name=postalCode]').fill('01310-100')
  await page.getByLabel('Full name').fill('Bia Souza')
  await page.locator('[name=taxDocument]').fill('530.333.155-50')
}

async function orderOf(subscriptionId: string): Promise<string> {
  const { id } = await world.db
    .selectFrom('payment_transaction')
    .select('id')
    .where('subscription_id', '=', subscriptionId)
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()
  return id
}

const toPayment = { name: 'Continue to payment' }

test('the customer is led to dLocal’s page, pays there, and sees the receipt', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  const { page, complaints, hosts, close } = await shopper(token)
  await page.getByText('You enter your card on the secure page of dLocal in the next step.').waitFor()
  assert.equal(await page.locator('[name=cardNumber]').count(), 0)
  await typeDetails(page)
  await page.getByRole('button', toPayment).click()
  await page.getByRole('heading', { name: 'dLocal' }).waitFor()
  dlocal.finish(await orderOf(subscriptionId), 'pay')
  await page.getByRole('button', { name: 'Back' }).click()
  await page.getByRole('heading', { name: 'Payment received' }).waitFor()
  assert.equal((await world.client.subscriptions.get({ id: subscriptionId })).data?.status, 'active')
  assert.deepEqual(complaints, [])
  assert.deepEqual([...hosts], [new URL(dlocal.url).host])
  await close()
})

test('the identity number that the bank asks for is a field of its own, and missing it is said there', async () => {
  const { token } = await newCheckout(world)
  const { page, close } = await shopper(token)
  await typeDetails(page)
  await page.locator('[name=taxDocument]').fill('')
  await page.getByRole('button', toPayment).click()
  await page.getByRole('alert').getByText('Enter your tax or identity number: the bank asks for it').waitFor()
  assert.equal(await page.locator('[name=taxDocument]').getAttribute('aria-invalid'), 'true')
  await close()
})

test('a rejection there is told here, with everything still filled in, and can be tried again', async () => {
  const { token, subscriptionId } = await newCheckout(world)
  const { page, complaints, close } = await shopper(token)
  await typeDetails(page)
  await page.getByRole('button', toPayment).click()
  await page.getByRole('heading', { name: 'dLocal' }).waitFor()
  dlocal.finish(await orderOf(subscriptionId), 'reject')
  await page.getByRole('button', { name: 'Back' }).click()
  await page.getByRole('alert').getByText('Not enough funds').waitFor()
  assert.equal(await page.getByLabel('Full name').inputValue(), 'Bia Souza')
  assert.equal(await page.getByLabel('City').inputValue(), 'São Paulo')
  await page.getByRole('button', toPayment).click()
  await page.getByRole('heading', { name: 'dLocal' }).waitFor()
  assert.deepEqual(complaints, [])
  await close()
})

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with script' : 'without script'

  test(`${how}: back before dLocal knows: the page waits, leads there again, and shows the receipt once it is told`, async () => {
    const { token, subscriptionId } = await newCheckout(world)
    const { page, complaints, close } = await shopper(token, { javaScriptEnabled })
    await typeDetails(page)
    await page.getByRole('button', toPayment).click()
    // A form may not lead on to a host nobody knew beforehand, so without script a link does.
    if (!javaScriptEnabled) await page.getByRole('link', { name: 'Continue to dLocal' }).click()
    await page.getByRole('button', { name: 'Back' }).click()
    await page.getByRole('heading', { name: 'Pay on the page of dLocal' }).waitFor()
    await page.getByRole('link', { name: 'Continue to dLocal' }).click()
    await page.getByRole('button', { name: 'Back' }).click()
    await page.getByRole('heading', { name: 'Pay on the page of dLocal' }).waitFor()
    const order = await orderOf(subscriptionId)
    dlocal.finish(order, 'pay')
    const { body, headers } = dlocal.notification(order)
    const path = `/providers/dlocal/${world.orgId}/${connection}/webhook`
    assert.equal((await world.request('POST', path, { key: null, text: body, headers })).status, 200)
    if (!javaScriptEnabled) await page.reload()
    await page.getByRole('heading', { name: 'Payment received' }).waitFor()
    assert.deepEqual(complaints, [])
    await close()
  })
}

test('a trial: the card is entered on dLocal’s page, nothing is charged, and the trial begins', async () => {
  const { token, subscriptionId } = await newCheckout(world, { trialDays: 14 })
  const { page, complaints, close } = await shopper(token)
  await typeDetails(page)
  await page.getByRole('button', { name: 'Continue to your card' }).click()
  await page.getByRole('button', { name: 'Back' }).click()
  await page.getByRole('heading', { name: 'Enter your card on the page of dLocal' }).waitFor()
  await page.getByRole('link', { name: 'Continue to dLocal' }).click()
  await page.getByRole('button', { name: 'pay' }).click()
  await page.getByRole('heading', { name: 'Your trial has started' }).waitFor()
  assert.equal((await world.client.subscriptions.get({ id: subscriptionId })).data?.status, 'trialing')
  assert.equal(dlocal.paymentOf(await orderOf(subscriptionId)).status, 'VERIFIED')
  assert.deepEqual(complaints, [])
  await close()
})
