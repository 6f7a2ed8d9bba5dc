import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { launchBrowser } from '../../../server/test/support/browser.ts'
import { cards, newCheckout } from '../../../server/test/support/checkouts.ts'
import { booksOf } from '../../../server/test/support/payments.ts'
import { createWorld } from '../../../server/test/support/world.ts'
import { fillCard, fillCheckout, openShop, shopperAt } from '../support/shopper.ts'

const world = await createWorld({ reachable: true })
const browser = await launchBrowser()
const shop = await openShop()
after(async () => {
  shop.close()
  await browser.close()
  await world.close()
})

const booked = async () => (await booksOf(world.db)).filter(({ state }) => state === 'succeeded').length
const pay = { name: 'Subscribe and pay $29.00' }

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with script' : 'without script'

  test(`${how}: a customer pays and sees the receipt`, async () => {
    const { token } = await newCheckout(world)
    const { page, complaints, close } = await shopperAt(browser, world, `/checkout/${token}`, { javaScriptEnabled })
    await fillCheckout(page, cards.pays)
    await page.getByRole('button', pay).click()
    await page.getByRole('heading', { name: 'Payment received' }).waitFor()
    assert.equal(await page.getByText('Visa ending in 4242').count(), 1)
    await page.reload()
    assert.equal(await page.getByRole('heading', { name: 'Payment received' }).count(), 1)
    assert.deepEqual(complaints, [])
    await close()
  })

  test(`${how}: a decline keeps what was typed, and another card leads back to the shop`, async () => {
    const { token } = await newCheckout(world, { subscription: { successUrl: shop.url } })
    const { page, complaints, close } = await shopperAt(browser, world, `/checkout/${token}`, { javaScriptEnabled })
    await fillCheckout(page, cards.declined)
    await page.getByRole('button', pay).click()
    await page.getByRole('alert').getByText('Your card was declined').waitFor()
    assert.equal(await page.getByLabel('Name on card').inputValue(), 'Ada Lovelace')
    assert.equal(await page.getByLabel('Card number').inputValue(), '4000 0000 0000 0002')
    assert.equal(await page.locator('[name=postalCode]').inputValue(), '94105')
    await fillCard(page, cards.pays)
    await page.getByRole('button', pay).click()
    await page.waitForURL(shop.url)
    assert.deepEqual(complaints, [])
    await close()
  })

  test(`${how}: failing at the bank charges nothing, approving pays`, async () => {
    const { token } = await newCheckout(world, { subscription: { successUrl: shop.url } })
    const before = await booked()
    const { page, complaints, close } = await shopperAt(browser, world, `/checkout/${token}?theme=dark`, {
      javaScriptEnabled,
    })
    for (const [answer, outcome] of [
      ['Fail authentication', 'Your bank couldn’t confirm it was you'],
      ['Approve', null],
    ] as const) {
      await fillCheckout(page, cards.authenticates)
      await page.getByRole('button', pay).click()
      await page.getByRole('heading', { name: 'Confirm your payment' }).waitFor()
      assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark')
      assert.equal(await booked(), before)
      await page.getByRole('button', { name: answer }).click()
      if (outcome) await page.getByRole('alert').getByText(outcome).waitFor()
      else await page.waitForURL(shop.url)
    }
    assert.equal(await booked(), before + 1)
    assert.deepEqual(complaints, [])
    await close()
  })
}

test('a decline is read out where the button was pressed, and corrected fields lose their error', async () => {
  const { token } = await newCheckout(world)
  const { page, close } = await shopperAt(browser, world, `/checkout/${token}`)
  await page.getByRole('button', pay).click()
  await page.getByRole('alert').getByText('Enter your city').waitFor()
  await page.locator('[role=alert]:focus').waitFor()
  assert.equal(await page.getByLabel('City').getAttribute('aria-invalid'), 'true')
  await page.getByLabel('City').fill('Berlin')
  assert.equal(await page.getByLabel('City').getAttribute('aria-invalid'), null)
  await fillCheckout(page, cards.lacksFunds)
  await page.getByRole('button', pay).click()
  await page.getByRole('alert').getByText('Not enough funds').waitFor()
  await page.locator('[role=alert]:focus').waitFor()
  await close()
})

test('a press whose answer is lost is repeated under the same key and charges once', async () => {
  const { token } = await newCheckout(world)
  const before = await booked()
  const { page, close } = await shopperAt(browser, world, `/checkout/${token}`)
  const keys: (string | undefined)[] = []
  await page.route('**/confirm', async (route) => {
    keys.push(route.request().headers()['idempotency-key'])
    const response = await route.fetch()
    return keys.length === 1 ? route.abort('connectionreset') : route.fulfill({ response })
  })
  await fillCheckout(page, cards.pays)
  await page.getByRole('button', pay).dblclick()
  await page.getByRole('heading', { name: 'Payment received' }).waitFor()
  assert.equal(await booked(), before + 1)
  assert.equal(keys.length, 2)
  assert.equal(keys[0], keys[1])
  assert.match(keys[0] ?? '', /^[0-9a-f]{32}$/)
  await close()
})

test('an unknown promo code is refused at its field, before anything is sent', async () => {
  const { token } = await newCheckout(world)
  const { page, close } = await shopperAt(browser, world, `/checkout/${token}`)
  await page.getByText('Add a promo code').click()
  await page.getByLabel('Promo code', { exact: true }).fill('SUMMER')
  await page.getByRole('button', { name: 'Apply' }).click()
  await page.getByText('We don’t know this code. Check the spelling.').first().waitFor()
  assert.equal(await page.getByLabel('Promo code', { exact: true }).getAttribute('aria-invalid'), 'true')
  await close()
})

test('one press fills in a test card and its address, and the trial begins', async () => {
  const { token } = await newCheckout(world, { trialDays: 14 })
  const { page, complaints, close } = await shopperAt(browser, world, `/checkout/${token}`)
  await page.getByRole('button', { name: 'Germany' }).click()
  await page.waitForFunction(`document.querySelector('[name=city]').value === 'Berlin'`)
  await page.getByRole('button', { name: 'Start trial' }).click()
  await page.getByRole('heading', { name: 'Your trial has started' }).waitFor()
  assert.deepEqual(complaints, [])
  await close()
})

test('the page fits a small phone without scrolling sideways', async () => {
  const { token } = await newCheckout(world)
  const viewport = { width: 320, height: 640 }
  const { page, close } = await shopperAt(browser, world, `/checkout/${token}`, { viewport })
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320)
  await close()
})
