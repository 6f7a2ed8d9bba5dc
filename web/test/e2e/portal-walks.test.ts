import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { activeAddons, sell } from '../../../server/test/support/addon-stories.ts'
import { cards, Story } from '../../../server/test/support/billing-stories.ts'
import { launchBrowser } from '../../../server/test/support/browser.ts'
import { portalOf } from '../../../server/test/support/portals.ts'
import { portalShopperAt } from '../support/portal-shopper.ts'
import { shopperAt } from '../support/shopper.ts'

const browser = await launchBrowser()
let story: Story
before(async () => {
  story = await Story.on('2044-04-01', { reachable: true })
  const { client } = story.world
  const basic = await story.plan('basic', { price: 2900 })
  const pro = await story.plan('pro', { price: 9900 })
  const { data: group } = await client.planGroups.create({ name: 'Plans' })
  for (const planId of [basic, pro]) await client.planGroups.addPlan({ id: group?.id ?? '', planId })
  await client.features.create({ code: 'editors', name: 'Editors', type: 'seats' })
  for (const id of [basic, pro])
    await client.plans.addFeature({
      id,
      featureId: 'editors',
      includedAmount: 2,
      overage: { enabled: true, unitPrice: 250_000 },
    })
  await sell(story.world, { feature: 'support', price: 1000 })
  const tokens = await client.plans.create({ code: 'tokens', name: 'Tokens', consumptionModel: 'credits' })
  await client.plans.addPrice({
    id: tokens.data?.id ?? '',
    billingInterval: 'monthly',
    price: 1000,
    includedCredits: 100,
  })
  await client.creditPacks.create({ name: 'Small', credits: 500, price: 900 })
  const prepaid = await client.plans.create({ code: 'prepaid', name: 'Prepaid', consumptionModel: 'balance' })
  await client.plans.addPrice({
    id: prepaid.data?.id ?? '',
    billingInterval: 'monthly',
    price: 1000,
    includedBalance: 50_000,
  })
  for (const name of ['ada', 'bob', 'cleo', 'dora']) await story.join(name, 'basic')
  for (const name of ['eva', 'fay']) await story.join(name, name === 'eva' ? 'tokens' : 'prepaid')
  await story.until('2044-04-16')
})
after(async () => {
  await browser.close()
  await story.close()
})

const at = (customer: string, options: BrowserContextOptions = {}) =>
  portalShopperAt(browser, story.world, customer, options)

test('an upgrade shows today’s charge, the credit and the next invoice, and is what it said', async () => {
  const ada = await at('ada')
  await ada.link('Change plan')
  await ada.link('Choose pro, $99.00 a month')
  for (const words of ['$99.00', '-$14.50', '$84.50', '$99.00 on May 16, 2044']) await ada.reads(words)
  await ada.press('Change and pay $84.50')
  await ada.reads('Your plan change is set.')
  assert.equal((await story.invoices('ada')).at(-1)?.startsWith('plan_change paid'), true)
  await ada.done()
})

test('a downgrade waits for the end of the period and is taken back', async () => {
  const ada = await at('ada')
  await ada.link('Change plan')
  await ada.link('Choose basic, $29.00 a month')
  await ada.reads('It starts on May 16, 2044.')
  await ada.press('Change plan')
  await ada.reads('To basic on May 16, 2044')
  await ada.press('Stay with pro')
  await ada.reads('You stay with your plan.')
  assert.equal(await ada.page.getByText('To basic on').count(), 0)
  await ada.done()
})

test('a pack of credits is bought, and the history says so', async () => {
  const eva = await at('eva')
  await eva.press('Buy Small')
  await eva.reads('The credits are yours.')
  await eva.reads('600 credits left')
  await eva.link('What came in and went out')
  await eva.page.getByRole('row', { name: /Bought.*\+500.*600/ }).waitFor()
  await eva.done()
})

test('a balance is topped up, and a wrong amount is told beside its field', async () => {
  const fay = await at('fay')
  await fay.page.getByLabel('Amount to add (USD)').fill('0.10')
  await fay.press('Add to my balance')
  await fay.reads('It must be at least $0.50')
  assert.equal(await fay.page.getByLabel('Amount to add (USD)').inputValue(), '0.10')
  await fay.page.getByLabel('Amount to add (USD)').fill('12.50')
  await fay.press('Add to my balance')
  await fay.reads('$17.50 left')
  await fay.done()
})

test('an add-on is activated for what it says and ended again', async () => {
  const bob = await at('bob')
  await bob.reads('$5.00 now, for the rest of this period')
  await bob.press('Add support')
  await bob.reads('The add-on is yours.')
  assert.equal((await story.invoices('bob')).at(-1)?.includes('addon_base 500'), true)
  await bob.page.getByText('End support', { exact: true }).click()
  await bob.press('End support now')
  await bob.reads('The add-on has ended.')
  assert.deepEqual(await activeAddons(story, 'bob'), [])
  await bob.done()
})

test('seats are changed with what they bill shown first, with the keyboard alone', async () => {
  const cleo = await at('cleo')
  const { page } = cleo
  await page.getByRole('link', { name: 'Change seats' }).focus()
  await page.keyboard.press('Enter')
  await page.getByLabel('How many you want to have').focus()
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type('3')
  await page.keyboard.press('Enter')
  for (const words of ['Editors: from 0 to 3', '$12.50', '$25.00 instead of $0.00']) await cleo.reads(words)
  await page.getByRole('button', { name: 'Have 3 from now on' }).focus()
  await page.keyboard.press('Enter')
  await cleo.reads('Your seats are changed.')
  await cleo.reads('3 of 2')
  await cleo.done()
})

test('a spending limit is set and taken away', async () => {
  const dora = await at('dora')
  const limit = () => dora.page.getByLabel('My limit (USD)')
  await limit().fill('25.50')
  await dora.press('Save the limit')
  await dora.reads('Your spending limit is saved.')
  assert.equal(await limit().inputValue(), '25.50')
  await limit().fill('')
  await dora.press('Save the limit')
  await dora.reads('Your spending limit is saved.')
  assert.equal(await limit().inputValue(), '')
  await dora.done()
})

test('billing details with a tax id: a wrong one is marked, a right one is kept', async () => {
  const dora = await at('dora')
  const { page } = dora
  await dora.link('Add your company and tax ID for invoices to come')
  await page.getByLabel('Name or company').fill('Dora GmbH')
  await page.getByLabel('Country or region').selectOption('DE')
  await page.getByLabel('Address', { exact: true }).fill('Hauptstr. 1')
  await page.getByLabel('City').fill('Berlin')
  await page.locator('[name=postalCode]').fill('10115')
  await page.locator('[name=state]').fill('')
  await page.locator('[name=taxDocument]').fill('DE123')
  await dora.press('Save details')
  await page.locator('[name=taxDocument][aria-invalid=true]').waitFor()
  await page.locator('[name=taxDocument]').fill('DE136695976')
  await dora.press('Save details')
  await dora.reads('Your details are saved.')
  await dora.reads('Tax ID: DE136695976')
  assert.equal(await page.getByText('Add your company').count(), 0)
  await dora.done()
})

test('another email address is used when it is confirmed where the mail arrives', async () => {
  const dora = await at('dora', { locale: 'es-ES' })
  await dora.link('Cambiar el correo')
  await dora.page.getByLabel('Correo nuevo').fill('dora@nueva.example')
  await dora.press('Enviar el enlace')
  await dora.reads('Hemos enviado un enlace a dora@nueva.example.')
  const { rows } = await story.world.database.pool.query<{ url: string }>(
    "select facts->>'confirmUrl' as url from mail where kind = 'email_change' order by id desc limit 1",
  )
  await dora.page.goto(story.world.url + new URL(rows[0]?.url ?? '').pathname)
  await dora.press('Confirmar')
  await dora.reads('Tu correo ha cambiado')
  assert.equal((await story.world.client.customers.get({ id: 'dora' })).data?.email, 'dora@nueva.example')
  await dora.done()
})

test('a purchase that the bank wants confirmed: failed first, then approved', async () => {
  await story.customer('gus')
  const { checkoutUrl } = await story.subscribe('gus', 'tokens')
  const { body } = await story.pay(checkoutUrl, cards.asks)
  const approve = async (page: Page) => page.getByRole('button', { name: 'Approve' }).click()
  const gus = await at('gus')
  await gus.page.goto(story.world.url + new URL(body.data.action.url).pathname)
  await approve(gus.page)
  await gus.page.goto(`${story.world.url}/portal/${await portalOf(story.world, 'gus')}`)
  await gus.press('Buy Small')
  await gus.page.getByRole('button', { name: 'Fail' }).click()
  await gus.reads('Your bank could not confirm that it was you. Nothing was charged.')
  await gus.press('Buy Small')
  await approve(gus.page)
  await gus.reads('The credits are yours.')
  await gus.done()
})

test('access by email and by id leads to the same portal', async () => {
  for (const who of [{ email: 'bob@example.com' }, { customerId: 'bob' }]) {
    const { body } = await story.world.request('POST', '/api/v1/portal/request-access', { body: who })
    const bob = await shopperAt(browser, story.world, new URL(body.data.portalUrl).pathname)
    await bob.page.getByText('Signed in as bob@example.com').waitFor()
    await bob.close()
  }
})

test('a link that has ended mails a new one, and the new one opens', async () => {
  const bob = await at('bob')
  await story.world.db
    .updateTable('portal_session')
    .set({ last_seen_at: Temporal.Now.instant().subtract({ minutes: 31 }) })
    .execute()
  await bob.page.reload()
  await bob.reads('This link has expired')
  await bob.press('Mail me a new link')
  await bob.reads('Look into your inbox')
  const { rows } = await story.world.database.pool.query<{ url: string }>(
    "select facts->>'portalUrl' as url from mail where kind = 'portal_link' order by id desc limit 1",
  )
  await bob.page.goto(story.world.url + new URL(rows[0]?.url ?? '').pathname)
  await bob.reads('Signed in as bob@example.com')
  await bob.done()
})
