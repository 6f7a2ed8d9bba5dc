import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { launchBrowser } from '../../../server/test/support/browser.ts'
import { connectStripe } from '../../../server/test/support/connections.ts'
import { ChangeStory } from '../../../server/test/support/plan-changes.ts'
import { portalOf } from '../../../server/test/support/portals.ts'
import { bookedLater, joinAsked } from '../../../server/test/support/steps.ts'
import { StripeDouble } from '../../../server/test/support/stripe-double.ts'
import { violationsOf } from '../support/accessibility.ts'
import { portalShopperAt } from '../support/portal-shopper.ts'
import { fillCheckout } from '../support/shopper.ts'
import { stripeShopperAt, typeCard, typeDetails } from '../support/stripe-shopper.ts'

const phone = { viewport: { width: 390, height: 844 } }
const browser = await launchBrowser()
let stripe: StripeDouble
let story: ChangeStory
before(async () => {
  stripe = await StripeDouble.start()
  story = await ChangeStory.on('2044-04-01', { reachable: true, providerAddresses: { stripe: stripe.url } })
  await story.group(
    await story.plan('free', { isFree: true }),
    await story.plan('basic', { price: 2900 }),
    await story.plan('pro', { price: 9900 }),
  )
  await joinAsked(story, 'bob', 'basic')
  await story.until('2044-05-01')
  await joinAsked(story, 'ada', 'basic')
  await joinAsked(story, 'cleo', 'basic')
  await story.join('dora', 'free')
})
after(async () => {
  await browser.close()
  await story.close()
  await stripe.stop()
})

/** A customer's portal in a browser of the size of a phone. */
const at = (customer: string, options: BrowserContextOptions = {}) =>
  portalShopperAt(browser, story.world, customer, { ...phone, ...options })

/** Goes to what has these words with the keyboard alone, and presses Enter. */
async function key(page: Page, words: string): Promise<void> {
  await page.getByText(words, { exact: true }).first().waitFor()
  const isFocused = async () => (await page.evaluate('document.activeElement.textContent.trim()')) === words
  let tabs = 0
  for (; tabs < 60 && !(await isFocused()); tabs += 1) await page.keyboard.press('Tab')
  assert(tabs < 60, `${words} is reached by the tab key`)
  await page.keyboard.press('Enter')
}

test('a change of plan with the keyboard alone: the bank’s step failed, then passed', async () => {
  const ada = await at('ada')
  for (const answer of ['Fail authentication', 'Approve'] as const) {
    await key(ada.page, 'Change plan')
    await key(ada.page, 'Choose pro')
    await key(ada.page, 'Change and pay $70.00')
    await ada.reads('$70.00')
    await key(ada.page, answer)
    if (answer === 'Approve') break
    await ada.reads('Your bank could not confirm that it was you. Nothing was charged. Your plan has not changed.')
    assert.deepEqual(await bookedLater(story, 'ada'), [])
  }
  await ada.reads('Your plan change is set.')
  assert.deepEqual(await bookedLater(story, 'ada'), ['plan_change 7000'])
  await ada.done()
})

test('un cambio de plan en español: se deja el banco, se vuelve y se confirma', async () => {
  const cleo = await at('cleo', { locale: 'es-ES' })
  await cleo.link('Cambiar de plan')
  await cleo.page.locator('a[href*="planId"]', { hasText: 'pro' }).first().click()
  await cleo.page.locator('form[action*="/change-plan?"] button').click()
  await cleo.page.locator('.bank-choices').waitFor()
  await cleo.page.goto(`${story.world.url}/portal/${await portalOf(story.world, 'cleo')}`)
  await cleo.reads('Tu plan cambia cuando lo confirmes.')
  await cleo.link('Confirmar el pago')
  await cleo.page.locator('[value=approve]').click()
  await cleo.reads('Tu cambio de plan queda anotado.')
  assert.deepEqual(await bookedLater(story, 'cleo'), ['plan_change 7000'])
  await cleo.done()
})

test('what is past due is tried again: the bank’s step failed, then passed', async () => {
  const bob = await at('bob')
  await bob.reads('Your last payment failed')
  await bob.press('Try Visa ending in 3220 again')
  await bob.press('Fail')
  await bob.reads('Your bank could not confirm that it was you. Nothing was charged.')
  await bob.press('Try Visa ending in 3220 again')
  await bob.press('Approve')
  await bob.reads('The payment went through. Your subscription is active.')
  assert.deepEqual(await bookedLater(story, 'bob'), ['renewal 2900'])
  await bob.done()
})

test('a free customer adds a card and is back in the portal with it', async () => {
  const dora = await at('dora')
  await dora.reads('No card is stored.')
  await dora.press('Add a card')
  await dora.reads('Your plan free is free.')
  await fillCheckout(dora.page, '4242 4242 4242 4242')
  await dora.press('Save card')
  await dora.reads('Your new card is stored.')
  await dora.reads('Visa ending in 4242')
  await dora.press('Replace the card')
  await dora.reads('Your plan free is free.')
  await dora.done()
})

test('at Stripe the bank’s step is shown over a page of ours: failed, then passed, and axe finds nothing on it', async () => {
  await connectStripe(story.world, stripe)
  await story.customer('eva')
  const { checkoutUrl } = await story.subscribe('eva', 'basic')
  const shopper = await stripeShopperAt(browser, story.world, stripe, new URL(checkoutUrl).pathname, phone)
  const { page, bank, complaints, hosts } = shopper
  await typeDetails(page)
  await typeCard(shopper.fields, '4000 0025 0000 3155')
  await page.locator('.pay button').click()
  await bank.getByRole('button', { name: 'Complete' }).click()
  await page.getByRole('heading', { name: 'Payment received' }).waitFor()
  const address = `${story.world.url}/portal/${await portalOf(story.world, 'eva')}`
  for (const answer of ['fail', 'complete'] as const) {
    await page.goto(address)
    await page.getByRole('link', { name: 'Change plan' }).click()
    await page.getByRole('link', { name: 'Choose pro, $99.00 a month' }).click()
    await page.getByRole('button', { name: 'Change and pay $70.00' }).click()
    const go = page.getByRole('button', { name: 'Continue to your bank' })
    await go.waitFor()
    if (answer === 'fail') {
      const here = page.url()
      for (const language of ['es', 'en']) {
        await page.goto(`${here.split('?')[0]}?locale=${language}`)
        assert.deepEqual(await violationsOf(page), [], language)
      }
    }
    await go.click()
    if (answer === 'complete') await bank.getByRole('button', { name: 'Complete' }).click()
    else {
      await bank.locator('[value=fail]').click()
      await page.getByText('Your plan has not changed.').waitFor()
    }
  }
  await page.getByText('Your plan change is set.').waitFor()
  assert.deepEqual(complaints, [])
  assert.deepEqual(
    [...hosts].filter((host) => !host.endsWith('.stripe.com')),
    [],
  )
  assert.equal(stripe.charged().filter(({ amount }) => amount === 7000).length, 1)
  await shopper.close()
})
