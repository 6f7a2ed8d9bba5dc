import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { BrowserContextOptions } from 'playwright-core'
import { Story } from '../../../server/test/support/billing-stories.ts'
import { launchBrowser } from '../../../server/test/support/browser.ts'
import { newCheckout } from '../../../server/test/support/checkouts.ts'
import { connectStripe } from '../../../server/test/support/connections.ts'
import { portalOf } from '../../../server/test/support/portals.ts'
import { regionalPlan } from '../../../server/test/support/regional-stories.ts'
import { type DoubleIntent, StripeDouble } from '../../../server/test/support/stripe-double.ts'
import { openShop } from '../support/shopper.ts'
import { type StripeShopper, stripeShopperAt, typeCard, typeDetails } from '../support/stripe-shopper.ts'

const good = '4242 4242 4242 4242'
const lacksFunds = '4000 0000 0000 9995'
const asksTheBank = '4000 0025 0000 3155'
const pay = { name: 'Subscribe and pay $29.00' }
const stripeHosts = ['js.stripe.com', 'api.stripe.com', 'hooks.stripe.com']

const browser = await launchBrowser()
const shop = await openShop()
let stripe: StripeDouble
let story: Story
before(async () => {
  stripe = await StripeDouble.start()
  story = await Story.on('2044-03-10', { reachable: true, providerAddresses: { stripe: stripe.url } })
  await connectStripe(story.world, stripe)
})
after(async () => {
  shop.close()
  await browser.close()
  await story.close()
  await stripe.stop()
})

const at = (path: string, options: BrowserContextOptions & { isCut?: boolean } = {}) =>
  stripeShopperAt(browser, story.world, stripe, path, options)

/** What Stripe booked or tried, newest first. */
const intents = (): DoubleIntent[] => [...stripe.intents.values()].reverse()
const booked = () => stripe.charged().length
const statusOf = async (id: string) => (await story.world.client.subscriptions.get({ id })).data?.status

/** Nothing was forbidden or broken, nobody but Stripe was asked, and no card number came to our server. */
function assertClean({ complaints, hosts, bodies }: StripeShopper, allowed: readonly string[] = stripeHosts): void {
  assert.deepEqual(complaints, [])
  assert.deepEqual(
    [...hosts].filter((host) => !allowed.includes(host)),
    [],
  )
  for (const body of bodies) assert.doesNotMatch(body.replace(/[ -]/g, ''), /4242424242424242|4000\d{12}/)
}

test('a first purchase: the card is typed at Stripe, the customer sees the receipt', async () => {
  const { token, subscriptionId } = await newCheckout(story.world)
  const shopper = await at(`/checkout/${token}`)
  const { page, fields } = shopper
  // The page asks for it itself, once it has begun to work.
  await page.locator('script[src^="https://js.stripe.com/"]').waitFor({ state: 'attached' })
  const scripts: string[] = await page.evaluate('[...document.scripts].flatMap(({ src }) => src || [])')
  assert.deepEqual(scripts.map((address) => new URL(address).host).sort(), [
    new URL(story.world.url).host,
    'js.stripe.com',
  ])
  assert(scripts.includes('https://js.stripe.com/endive/stripe.js'))
  await typeDetails(page)
  await typeCard(fields, good)
  await page.getByRole('button', pay).click()
  await page.getByRole('heading', { name: 'Payment received' }).waitFor()
  assert.equal(await page.getByText('Visa ending in 4242').count(), 1)
  assert.equal(await statusOf(subscriptionId), 'active')
  const [intent] = intents()
  assert.deepEqual([intent?.status, intent?.amount, intent?.currency], ['succeeded', 2900, 'usd'])
  assertClean(shopper)
  await shopper.close()
})

test('Stripe’s fields are told what is charged, what the form knows, and to keep to cards', async () => {
  const { token } = await newCheckout(story.world)
  const shopper = await at(`/checkout/${token}?locale=es&theme=dark`)
  const { page, fields } = shopper
  await page.locator('[name=country]').selectOption('DE')
  await page.locator('[name=line1]').fill('Unter den Linden 1')
  await page.locator('[name=city]').fill('Berlin')
  await page.locator('[name=postalCode]').fill('10117')
  await page.locator('[name=fullName]').fill('Ada Lovelace')
  await typeCard(fields, lacksFunds)
  await page.locator('.pay button').click()
  await page.getByRole('alert').getByText('Fondos insuficientes').waitFor()
  const { keys, groups, elements, tokens } = await shopper.used()
  assert.deepEqual(keys, [['pk_test_double12345678', 'es']])
  const { appearance, ...group } = groups[0] ?? {}
  assert.deepEqual(group, {
    ...{ mode: 'payment', currency: 'usd', amount: 2900, locale: 'es' },
    ...{ setupFutureUsage: 'off_session', allowedPaymentMethodTypes: ['card'] },
  })
  const { theme, variables } = appearance as { theme: string; variables: Record<string, string> }
  assert.deepEqual([theme, variables.colorBackground, variables.colorText], ['night', '#1a2422', '#e9f0ed'])
  assert.deepEqual(elements[0]?.fields, { billingDetails: { name: 'never', email: 'never', address: 'never' } })
  assert.deepEqual(elements[0]?.wallets, { applePay: 'never', googlePay: 'never', link: 'never' })
  assert.deepEqual(tokens[0]?.params, {
    payment_method_data: {
      billing_details: {
        ...{ name: 'Ada Lovelace', email: 'ada@example.com' },
        address: {
          ...{ line1: 'Unter den Linden 1', line2: null, city: 'Berlin', state: null },
          ...{ postal_code: '10117', country: 'DE' },
        },
      },
    },
    return_url: `${story.world.url}/checkout/${token}/authenticate?locale=es&theme=dark`,
  })
  assert.deepEqual(
    [...stripe.versions].map((version) => version.split('.')[1]),
    ['endive'],
  )
  assertClean(shopper)
  await shopper.close()
})

test('a decline keeps everything, and another card leads back to the shop', async () => {
  const { token } = await newCheckout(story.world, { subscription: { successUrl: shop.url } })
  const before = booked()
  const shopper = await at(`/checkout/${token}`)
  const { page, fields } = shopper
  await typeDetails(page)
  await typeCard(fields, lacksFunds)
  await page.getByRole('button', pay).click()
  await page.getByRole('alert').getByText('Not enough funds').waitFor()
  await page.locator('[role=alert]:focus').waitFor()
  assert.equal(await page.getByLabel('Full name').inputValue(), 'Ada Lovelace')
  assert.equal(await fields.locator('#number').inputValue(), lacksFunds)
  assert.equal(booked(), before)
  await typeCard(fields, good)
  await page.getByRole('button', pay).click()
  await page.waitForURL(shop.url)
  assert.equal(booked(), before + 1)
  assertClean(shopper, [...stripeHosts, new URL(shop.url).host])
  await shopper.close()
})

test('unfilled card fields send nothing and say so', async () => {
  const { token } = await newCheckout(story.world)
  const before = intents().length
  const shopper = await at(`/checkout/${token}`)
  const { page, fields } = shopper
  await fields.locator('#number').waitFor()
  await page.locator('.element-place[data-status=ready]').waitFor()
  await typeDetails(page)
  await page.getByRole('button', pay).click()
  await page.getByRole('alert').getByText('Check your card details').waitFor()
  assert.equal(await fields.getByRole('alert').textContent(), 'Your card number is incomplete.')
  assert.equal(intents().length, before)
  assertClean(shopper)
  await shopper.close()
})

test('failing at the bank charges nothing and stays on the page, approving pays', async () => {
  const { token, subscriptionId } = await newCheckout(story.world)
  const before = booked()
  const shopper = await at(`/checkout/${token}`)
  const { page, fields, bank } = shopper
  await typeDetails(page)
  await typeCard(fields, asksTheBank)
  await page.getByRole('button', pay).click()
  await bank.getByRole('button', { name: 'Fail' }).click()
  await page.getByRole('alert').getByText('Your bank couldn’t confirm it was you').waitFor()
  assert.equal(await page.getByLabel('City').inputValue(), 'San Francisco')
  assert.equal(intents()[0]?.status, 'canceled')
  assert.equal(booked(), before)
  await page.getByRole('button', pay).click()
  await bank.getByRole('button', { name: 'Complete' }).click()
  await page.getByRole('heading', { name: 'Payment received' }).waitFor()
  assert.equal(booked(), before + 1)
  assert.equal(await statusOf(subscriptionId), 'active')
  assertClean(shopper)
  await shopper.close()
})

test('reloaded in the middle of the bank’s step: the step is offered again, and failing it asks for another card', async () => {
  for (const answer of ['Complete', 'Fail']) {
    const { token, subscriptionId } = await newCheckout(story.world)
    const shopper = await at(`/checkout/${token}`)
    const { page, fields, bank } = shopper
    await typeDetails(page)
    await typeCard(fields, asksTheBank)
    await page.getByRole('button', pay).click()
    await bank.getByRole('button', { name: answer }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Continue to your bank' }).click()
    await bank.getByRole('button', { name: answer }).click()
    if (answer === 'Complete') {
      await page.getByRole('heading', { name: 'Payment received' }).waitFor()
      assert.equal(await statusOf(subscriptionId), 'active')
    } else {
      await page.getByRole('alert').getByText('Your bank couldn’t confirm it was you').waitFor()
      await typeCard(fields, good)
      await page.getByRole('button', pay).click()
      await page.getByRole('heading', { name: 'Payment received' }).waitFor()
    }
    assertClean(shopper)
    await shopper.close()
  }
})

test('a bank that sends the customer back by an address of its own: the payment is asked for and shown', async () => {
  const { token, subscriptionId } = await newCheckout(story.world)
  const shopper = await at(`/checkout/${token}`)
  const { page, fields, bank } = shopper
  await typeDetails(page)
  await typeCard(fields, asksTheBank)
  await page.getByRole('button', pay).click()
  await bank.getByRole('button', { name: 'Complete' }).waitFor()
  stripe.authenticate(intents()[0]?.metadata.transaction ?? '', 'approve')
  await page.goto(`${story.world.url}/checkout/${token}/authenticate?redirect_status=succeeded`)
  await page.getByRole('heading', { name: 'Payment received' }).waitFor()
  assert.equal(new URL(page.url()).pathname, `/checkout/${token}`)
  assert.equal(await statusOf(subscriptionId), 'active')
  await shopper.close()
})

test('a trial keeps the card and charges nothing', async () => {
  const { token, subscriptionId } = await newCheckout(story.world, { trialDays: 14 })
  const before = booked()
  const shopper = await at(`/checkout/${token}`)
  const { page, fields, bank } = shopper
  await typeDetails(page)
  await typeCard(fields, asksTheBank)
  assert.deepEqual((await shopper.used()).groups[0]?.mode, 'setup')
  assert.equal('amount' in ((await shopper.used()).groups[0] ?? {}), false)
  await page.getByRole('button', { name: 'Start trial' }).click()
  await bank.getByRole('button', { name: 'Complete' }).click()
  await page.getByRole('heading', { name: 'Your trial has started' }).waitFor()
  const [intent] = intents()
  assert.deepEqual([intent?.object, intent?.status], ['setup_intent', 'succeeded'])
  assert.equal(booked(), before)
  assert.equal(await statusOf(subscriptionId), 'trialing')
  assertClean(shopper)
  await shopper.close()
})

test('Brazil is priced in reais: the fields are told at once, and that is charged', async () => {
  await regionalPlan(story, 'regional', { rates: { brl: 5.4321 } })
  await story.customer('bia')
  const { checkoutUrl } = await story.subscribe('bia', 'regional')
  const shopper = await at(new URL(checkoutUrl).pathname)
  const { page, fields } = shopper
  await fields.locator('#number').waitFor()
  await page.locator('.element-place[data-status=ready]').waitFor()
  await typeDetails(page)
  await page.getByLabel('Country or region').selectOption('BR')
  await page.getByRole('button', { name: 'Subscribe and pay R$157.53' }).waitFor()
  const { updates } = await shopper.used()
  assert.deepEqual(updates.at(-1), { mode: 'payment', currency: 'brl', amount: 15753 })
  await typeCard(fields, good)
  await page.getByRole('button', { name: 'Subscribe and pay R$157.53' }).click()
  await page.getByRole('heading', { name: 'Payment received' }).waitFor()
  const [intent] = intents()
  assert.deepEqual([intent?.amount, intent?.currency, intent?.status], [15753, 'brl', 'succeeded'])
  assertClean(shopper)
  await shopper.close()
})

test('past due: the recovery link takes another card, and the subscription goes on', async () => {
  await story.plan('kept')
  await story.customer('rob')
  const { checkoutUrl, id } = await story.subscribe('rob', 'kept')
  const first = await at(new URL(checkoutUrl).pathname)
  await typeDetails(first.page)
  await typeCard(first.fields, '4000 0000 0000 0341')
  await first.page.locator('.pay button').click()
  await first.page.getByRole('heading', { name: 'Payment received' }).waitFor()
  await first.close()
  await story.until('2044-04-11')
  assert.equal(await statusOf(id), 'past_due')
  const { data } = await story.world.client.subscriptions.createRecoveryLink({ id })
  const shopper = await at(`/recover/${data?.token}`)
  const { page, fields } = shopper
  await page.getByRole('heading', { name: 'Pay the open invoice' }).waitFor()
  await typeCard(fields, good)
  await page.locator('.pay button').click()
  await page.getByRole('heading', { name: 'Payment received' }).waitFor()
  assert.equal(await statusOf(id), 'active')
  assertClean(shopper)
  await shopper.close()
})

test('the card is replaced from the portal, without a charge', async () => {
  await story.plan('looked_after')
  await story.customer('mia')
  const { checkoutUrl } = await story.subscribe('mia', 'looked_after')
  const first = await at(new URL(checkoutUrl).pathname)
  await typeDetails(first.page)
  await typeCard(first.fields, good)
  await first.page.locator('.pay button').click()
  await first.page.getByRole('heading', { name: 'Payment received' }).waitFor()
  await first.close()
  const before = booked()
  const shopper = await at(`/portal/${await portalOf(story.world, 'mia')}`)
  const { page, fields, bank } = shopper
  await page.getByRole('button', { name: 'Replace the card' }).click()
  await page.getByRole('heading', { name: 'Change your card' }).waitFor()
  await typeCard(fields, asksTheBank)
  await page.getByRole('button', { name: 'Save card' }).click()
  await bank.getByRole('button', { name: 'Complete' }).click()
  await page.getByText('Your new card is stored.').waitFor()
  assert.equal((await page.getByText('Visa ending in 3220').count()) > 0, true)
  assert.equal(booked(), before)
  assertClean(shopper)
  await shopper.close()
})

test('a payment link is paid at Stripe', async () => {
  const { data } = await story.world.client.payments.create({
    ...{ amount: 4900, currency: 'USD', description: 'Workshop in June' },
  } as Parameters<typeof story.world.client.payments.create>[0])
  const shopper = await at(new URL(data?.url ?? '').pathname)
  const { page, fields, bank } = shopper
  await page.getByLabel('Email').fill('new@example.com')
  await typeDetails(page)
  await typeCard(fields, asksTheBank)
  await page.getByRole('button', { name: 'Pay $49.00' }).click()
  await bank.getByRole('button', { name: 'Complete' }).click()
  await page.getByRole('heading', { name: 'Payment received' }).waitFor()
  assert.deepEqual([intents()[0]?.amount, intents()[0]?.status], [4900, 'succeeded'])
  assertClean(shopper)
  await shopper.close()
})

test('a blocked script is said, tried again on request, and loses nothing', async () => {
  const { token, subscriptionId } = await newCheckout(story.world)
  const shopper = await at(`/checkout/${token}`, { isCut: true })
  const { page, fields, line } = shopper
  await page.getByRole('alert').getByText('The card fields couldn’t be loaded').waitFor()
  await typeDetails(page)
  await page.getByRole('button', pay).click()
  await page.getByRole('alert').getByText('The card fields aren’t ready').waitFor()
  line.isCut = false
  await page.getByRole('button', { name: 'Try again' }).click()
  await typeCard(fields, good)
  assert.equal(await page.getByLabel('City').inputValue(), 'San Francisco')
  await page.getByRole('button', pay).click()
  await page.getByRole('heading', { name: 'Payment received' }).waitFor()
  assert.equal(await statusOf(subscriptionId), 'active')
  await shopper.close()
})

test('a press whose answer is lost is repeated with the same card under the same key, and charges once', async () => {
  const { token } = await newCheckout(story.world)
  const before = booked()
  const shopper = await at(`/checkout/${token}`)
  const { page, fields } = shopper
  const sent: string[] = []
  await page.route('**/confirm', async (route) => {
    sent.push(`${route.request().headers()['idempotency-key']} ${route.request().postData()}`)
    // The server answers, and nobody hears it: four times, until the page gives up, and once more for the next press.
    const response = await route.fetch()
    return sent.length < 5 ? route.abort('connectionreset') : route.fulfill({ response })
  })
  await typeDetails(page)
  await typeCard(fields, good)
  await page.getByRole('button', pay).dblclick()
  await page.getByRole('alert').getByText('The connection was lost').waitFor({ timeout: 15_000 })
  await page.getByRole('button', pay).click()
  await page.getByRole('heading', { name: 'Payment received' }).waitFor()
  assert.deepEqual([sent.length, new Set(sent).size], [5, 1])
  assert.equal(booked(), before + 1)
  await shopper.close()
})

test('without script the page says what it needs, and its button sends nothing', async () => {
  const { token } = await newCheckout(story.world)
  const shopper = await at(`/checkout/${token}`, { javaScriptEnabled: false })
  const { page, hosts } = shopper
  await page.getByRole('heading', { name: 'JavaScript is needed to pay here' }).waitFor()
  assert.equal(await page.getByRole('button', pay).isDisabled(), true)
  assert.deepEqual([...hosts], [])
  await shopper.close()
})
