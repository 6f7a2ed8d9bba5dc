import type { Page } from 'playwright-core'
import { cards } from '../../../server/test/support/checkouts.ts'
import type { PageState } from './page-states.ts'
import type { Seller } from './seller.ts'
import { applyCode, pressPay, typeCheckout } from './typing.ts'

const untilRefused = (page: Page) => page.locator('[role=alert]').waitFor()

/** A press of the button with this card, and what is said about it. */
const refusedCard = (name: string, card: string): PageState => ({
  name: `checkout-${name}`,
  async enter(seller, page, look) {
    await seller.openCheckout(page, look)
    await typeCheckout(page, card)
    await pressPay(page)
    await untilRefused(page)
  },
})

/** A press of the button that the network or the server does this to. */
const lostPress = (name: string, happens: Parameters<Page['route']>[1]): PageState => ({
  name: `checkout-${name}`,
  async enter(seller, page, look) {
    await seller.openCheckout(page, look)
    await page.route('**/confirm', happens)
    await typeCheckout(page, cards.pays)
    await pressPay(page)
    await page.locator(name === 'sending' ? '[data-busy]' : '[role=alert]').waitFor()
  },
})

/** The open checkout: as it is offered, while it is filled in, and what it says when something does not work. */
export const checkoutStates: readonly PageState[] = [
  { name: 'checkout-open', enter: (seller: Seller, page, look) => seller.openCheckout(page, look) },
  {
    name: 'checkout-trial',
    enter: (seller, page, look) => seller.openCheckout(page, look, { trialDays: 14 }),
  },
  {
    name: 'checkout-once',
    enter: (seller, page, look) => seller.openCheckout(page, look, { interval: 'one_time' }),
  },
  {
    name: 'checkout-tax-and-promo',
    async enter(seller, page, look) {
      await seller.openCheckout(page, look)
      await typeCheckout(page, cards.pays, 'DE')
      await applyCode(page, 'SUMMER')
      await page.locator('.summary-figure', { hasText: /25[.,]88/ }).waitFor()
    },
  },
  {
    name: 'checkout-updating',
    async enter(seller, page, look) {
      await seller.openCheckout(page, look)
      await page.route('**/quote', () => undefined)
      await page.locator('[name=country]').selectOption('DE')
      await page.locator('[data-updating]').first().waitFor()
    },
  },
  lostPress('sending', () => undefined),
  lostPress('network-lost', (route) => route.abort('internetdisconnected')),
  lostPress('too-many-tries', (route) =>
    route.fulfill({ status: 429, json: { success: false, error: { code: 'rate_limited', message: '' } } }),
  ),
  {
    name: 'checkout-wrong-fields',
    async enter(seller, page, look) {
      await seller.openCheckout(page, look)
      await typeCheckout(page, '4242 4242 4242 4241')
      await page.locator('[name=email]').fill('ada@')
      await page.locator('[name=city]').fill('')
      await page.locator('[name=cardCvc]').fill('1')
      await pressPay(page)
      await untilRefused(page)
    },
  },
  {
    name: 'checkout-unknown-code',
    async enter(seller, page, look) {
      await seller.openCheckout(page, look)
      await applyCode(page, 'WINTER')
      await page.locator('#field-promoCode-error').waitFor()
    },
  },
  {
    name: 'checkout-total-changed',
    async enter(seller, page, look) {
      await seller.openCheckout(page, look)
      await page.route('**/quote', (route) => route.abort())
      await typeCheckout(page, cards.pays, 'DE')
      await page.unroute('**/quote')
      await pressPay(page)
      await untilRefused(page)
    },
  },
  refusedCard('declined', cards.declined),
  refusedCard('insufficient-funds', cards.lacksFunds),
  refusedCard('expired-card', '4000 0000 0000 0069'),
  refusedCard('wrong-code', '4000 0000 0000 0127'),
  refusedCard('not-a-test-card', '4111 1111 1111 1111'),
  {
    name: 'checkout-authentication-failed',
    async enter(seller, page, look) {
      await seller.openCheckout(page, look)
      await typeCheckout(page, cards.authenticates)
      await pressPay(page)
      await page.locator('[value=fail]').click()
      await untilRefused(page)
    },
  },
]
