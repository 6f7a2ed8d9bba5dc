import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { launchBrowser } from '../../../server/test/support/browser.ts'
import { cards, newCheckout } from '../../../server/test/support/checkouts.ts'
import { chargesOf, regionalPlan } from '../../../server/test/support/regional-stories.ts'
import { openSeller, type Seller } from '../support/seller.ts'
import { shopperAt } from '../support/shopper.ts'
import { applyCode, pressPay, typeCard, typeCheckout } from '../support/typing.ts'
import { type Way, ways } from '../support/ways.ts'

const browser = await launchBrowser()
let seller: Seller
before(async () => {
  seller = await openSeller(ways.length)
  await regionalPlan(seller.story, 'regional', { rates: { brl: 5.4321 } })
})
after(async () => {
  await browser.close()
  await seller.close()
})

const charged = () => chargesOf(seller.story)

/** Walks one way from an address; in the end nothing was complained of and nothing scrolled sideways. */
async function walk(way: Way, path: string, steps: (page: Page) => Promise<void>): Promise<void> {
  const { locale, javaScriptEnabled, viewport } = way
  const context = { locale: `${locale}-US`, javaScriptEnabled, viewport }
  const { page, complaints, close } = await shopperAt(browser, seller.world, path, context)
  await steps(page)
  assert.deepEqual(complaints, [])
  const width = await page.evaluate('document.documentElement.scrollWidth').catch(() => viewport.width)
  assert.ok(Number(width) <= viewport.width, `${width} px`)
  await close()
}

const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true }).waitFor()
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const checkoutPath = async (given = {}) => `/checkout/${(await newCheckout(seller.world, given)).token}`

for (const way of ways) {
  const { words, name } = way

  test(`${name}: a first purchase is charged once and has its receipt`, async () => {
    const before = (await charged()).length
    await walk(way, await checkoutPath(), async (page) => {
      assert.equal(await page.locator('html').getAttribute('lang'), way.locale)
      await typeCheckout(page, cards.pays)
      await button(page, words.subscribe).click()
      await heading(page, words.paid)
      await page.getByText(words.endingIn4242).waitFor()
    })
    assert.deepEqual((await charged()).slice(before), ['2900 usd'])
  })

  test(`${name}: after a decline another card pays, and nothing else is typed again`, async () => {
    const before = (await charged()).length
    await walk(way, await checkoutPath(), async (page) => {
      await typeCheckout(page, cards.declined)
      await button(page, words.subscribe).click()
      await page.getByRole('alert').getByText(words.declined).waitFor()
      await typeCard(page, cards.pays)
      await button(page, words.subscribe).click()
      await heading(page, words.paid)
    })
    assert.deepEqual((await charged()).slice(before), ['2900 usd'])
  })

  test(`${name}: failing at the bank charges nothing, passing there pays`, async () => {
    const before = (await charged()).length
    await walk(way, await checkoutPath(), async (page) => {
      await typeCheckout(page, cards.authenticates)
      await button(page, words.subscribe).click()
      await button(page, words.fail).click()
      await page.getByRole('alert').getByText(words.notConfirmed).waitFor()
      assert.equal((await charged()).length, before)
      await typeCard(page, cards.authenticates)
      await button(page, words.subscribe).click()
      await button(page, words.approve).click()
      await heading(page, words.paid)
    })
    assert.deepEqual((await charged()).slice(before), ['2900 usd'])
  })

  test(`${name}: a trial begins and nothing is charged`, async () => {
    const before = (await charged()).length
    await walk(way, await checkoutPath({ trialDays: 14 }), async (page) => {
      await typeCheckout(page, cards.pays)
      await button(page, words.trial).click()
      await heading(page, words.trialStarted)
    })
    assert.equal((await charged()).length, before)
  })

  test(`${name}: a promo code lowers what is shown and what is charged`, async () => {
    const before = (await charged()).length
    await walk(way, await checkoutPath(), async (page) => {
      await applyCode(page, 'SUMMER')
      await page.locator('.summary-figure', { hasText: words.discounted }).waitFor()
      await typeCheckout(page, cards.pays)
      await pressPay(page)
      await heading(page, words.paid)
    })
    assert.deepEqual((await charged()).slice(before), ['2175 usd'])
  })

  test(`${name}: Brazil pays in reais, shown before it is paid`, async () => {
    const customer = await seller.world.client.customers.create({ email: 'caio@example.com' })
    const settings = { planCode: 'regional', customerId: customer.data?.id }
    const before = (await charged()).length
    await walk(way, await checkoutPath({ subscription: settings }), async (page) => {
      await typeCheckout(page, '4000 0007 6000 0002', 'BR')
      if (!way.javaScriptEnabled) await button(page, words.updateTotal).click()
      await page.locator('.summary-figure strong', { hasText: words.reais }).waitFor()
      if (way.javaScriptEnabled) {
        const told = page.locator('form > [role=status]')
        await told.filter({ hasText: /157[.,]53/ }).waitFor({ state: 'attached' })
      }
      await typeCard(page, '4000 0007 6000 0002')
      await pressPay(page)
      await heading(page, words.paid)
    })
    assert.deepEqual((await charged()).slice(before), ['15753 brl'])
  })

  test(`${name}: a consumer in Germany withdraws from the receipt on, in two steps`, async () => {
    const before = (await charged()).length
    const { token, subscriptionId } = await newCheckout(seller.world)
    await walk(way, `/checkout/${token}`, async (page) => {
      await typeCheckout(page, cards.pays, 'DE')
      if (!way.javaScriptEnabled) await button(page, words.updateTotal).click()
      await typeCard(page, cards.pays)
      await button(page, words.payTaxed).click()
      await heading(page, words.paid)
      await page.getByRole('link', { name: words.withdraw, exact: true }).click()
      await button(page, words.confirmWithdrawal).click()
      await heading(page, words.withdrawn)
    })
    assert.deepEqual((await charged()).slice(before), ['3451 usd'])
    const { data } = await seller.world.client.subscriptions.get({ id: subscriptionId })
    assert.equal(data?.status, 'canceled')
  })

  test(`${name}: a payment link for nobody in particular, paid by whoever types their address`, async () => {
    const before = (await charged()).length
    const { id, path } = await seller.paymentLink()
    await walk(way, path, async (page) => {
      await page.locator('[name=email]').fill('eva@example.com')
      await typeCheckout(page, cards.pays)
      await button(page, words.pay).click()
      await heading(page, words.paid)
    })
    assert.deepEqual((await charged()).slice(before), ['4900 usd'])
    const { data } = await seller.world.client.payments.get({ id })
    assert.equal(data?.status, 'succeeded')
    assert.ok(data.customerId)
  })

  test(`${name}: a payment link of a German customer shows and charges its tax`, async () => {
    const before = (await charged()).length
    const address = { line1: 'Torstraße 1', city: 'Berlin', postalCode: '10119', country: 'DE' }
    const asked = { email: 'eva@example.com', fullName: 'Eva Muster', address }
    const { data } = await seller.world.client.customers.create(asked as { email: string })
    await walk(way, (await seller.paymentLink({ customerId: data?.id })).path, async (page) => {
      await page.locator('.summary-figure', { hasText: words.taxed }).waitFor()
      await typeCard(page, cards.pays)
      await pressPay(page)
      await heading(page, words.paid)
    })
    assert.deepEqual((await charged()).slice(before), ['5831 usd'])
  })

  test(`${name}: past due, a new card by the recovery link, and the subscription goes on`, async () => {
    const before = (await charged()).length
    const path = await seller.recoveryPath()
    await walk(way, path, async (page) => {
      await heading(page, words.openInvoice)
      await typeCard(page, cards.pays)
      await pressPay(page)
      await heading(page, words.paid)
      await page.goto(`${seller.world.url}${path}`)
      await heading(page, words.nothingDue)
    })
    assert.deepEqual((await charged()).slice(before), ['2900 usd'])
    const { data } = await seller.world.client.subscriptions.list({ status: 'past_due' })
    assert.equal(data?.length, ways.length - 1 - ways.indexOf(way))
  })

  test(`${name}: another card is stored and nothing is charged`, async () => {
    const path = await seller.methodUpdatePath()
    const before = (await charged()).length
    await walk(way, path, async (page) => {
      await heading(page, words.otherCard)
      await typeCard(page, cards.pays)
      await button(page, words.saveCard).click()
      await heading(page, words.cardSaved)
      await page.getByText(words.endingIn4242).waitFor()
    })
    assert.equal((await charged()).length, before)
  })
}

test('a whole purchase with the keyboard alone: every field is reached in order, and Enter pays', async () => {
  const before = (await charged()).length
  const [way] = ways
  assert(way)
  await walk(way, await checkoutPath(), async (page) => {
    const focused = () => page.evaluate<string>('document.activeElement.name ?? ""')
    await page.locator('[name=email]').focus()
    const typed: Record<string, string> = {
      line1: '100 Market Street',
      city: 'San Francisco',
      state: 'CA',
      postalCode: '94105',
      cardNumber: cards.pays,
      cardExpiry: '1244',
      cardCvc: '123',
      fullName: 'Ada Lovelace',
    }
    const reached: string[] = []
    while (!reached.includes('fullName')) {
      await page.keyboard.press('Tab')
      const field = await focused()
      if (field === '' || reached.includes(field)) continue
      reached.push(field)
      if (field === 'country') await page.keyboard.type('United States')
      await page.keyboard.type(typed[field] ?? '')
    }
    const fields = ['country', 'line1', 'line2', 'city', 'state', 'postalCode', 'cardNumber', 'cardExpiry', 'cardCvc']
    assert.deepEqual(reached, [...fields, 'fullName'])
    assert.equal(await page.locator('[name=country]').inputValue(), 'US')
    await page.keyboard.press('Enter')
    await heading(page, way.words.paid)
  })
  assert.deepEqual((await charged()).slice(before), ['2900 usd'])
})
