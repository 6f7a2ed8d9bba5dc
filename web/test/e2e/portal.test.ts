import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cards, Story } from '../../../server/test/support/billing-stories.ts'
import { launchBrowser } from '../../../server/test/support/browser.ts'
import { portalOf } from '../../../server/test/support/portals.ts'
import { fillCheckout, shopperAt } from '../support/shopper.ts'

const browser = await launchBrowser()
let story: Story
before(async () => {
  story = await Story.on('2044-03-10', { reachable: true })
  await story.plan('pro', { features: { calls: { included: 1000, beyond: 200 } } })
})
after(async () => {
  await browser.close()
  await story.close()
})

const at = async (customer: string, options = {}) => {
  const token = await portalOf(story.world, customer)
  return shopperAt(browser, story.world, `/portal/${token}`, options)
}

test('a customer cancels and takes it back, with the keyboard alone', async () => {
  await story.join('ada', 'pro')
  const { page, complaints, close } = await at('ada')
  await page.getByRole('link', { name: 'Cancel subscription' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Cancel your subscription' }).waitFor()
  await page.getByLabel('Why are you leaving?').focus()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByText('Your subscription is canceled.').waitFor()
  assert.equal((await story.subscription('ada')).cancellation?.reason, 'too_expensive')
  await page.getByRole('button', { name: 'Keep my subscription' }).focus()
  await page.keyboard.press('Enter')
  await page.getByText('Your subscription goes on.').waitFor()
  assert.equal((await story.subscription('ada')).cancelAtPeriodEnd, false)
  assert.deepEqual(complaints, [])
  await close()
})

test('past due: the card fails again, another one pays, and the portal says so', async () => {
  await story.join('bob', 'pro', { card: cards.failsLater })
  await story.until('2044-04-10')
  const { page, complaints, close } = await at('bob', { viewport: { width: 320, height: 640 } })
  await page.getByRole('button', { name: 'Try Visa ending in 0341 again' }).click()
  await page.getByText('Your card was declined. Nothing was charged.').waitFor()
  await page.getByRole('link', { name: 'Pay with another card' }).click()
  await fillCheckout(page, cards.good)
  await page.locator('button[type=submit]').last().click()
  await page.getByRole('heading', { name: 'Payment received' }).waitFor()
  await page.goto(`${story.world.url}/portal/${await portalOf(story.world, 'bob')}`)
  await page.getByText('Active', { exact: true }).waitFor()
  assert.deepEqual(complaints, [])
  await close()
})

test('a new card is stored and the customer is back in the portal', async () => {
  await story.join('cleo', 'pro')
  const { page, complaints, close } = await at('cleo', { javaScriptEnabled: false })
  await page.getByRole('button', { name: 'Replace the card' }).click()
  await fillCheckout(page, '5555 5555 5555 4444')
  await page.getByRole('button', { name: 'Save card and start' }).or(page.locator('.pay button')).first().click()
  await page.getByText('Your new card is stored.').waitFor()
  assert.equal((await page.getByText('Mastercard ending in 4444').count()) > 0, true)
  assert.deepEqual(complaints, [])
  await close()
})
