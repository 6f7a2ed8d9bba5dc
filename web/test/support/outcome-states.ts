import type { Page } from 'playwright-core'
import { cards, confirmation, hosted, newCheckout, withFaults } from '../../../server/test/support/checkouts.ts'
import type { PageState } from './page-states.ts'
import { pressPay, typeCheckout } from './typing.ts'

const until = (page: Page, tone: 'good' | 'calm' | 'bad') => page.locator(`.outcome[data-tone=${tone}]`).waitFor()

const atBank = (name: string, trialDays: number): PageState => ({
  name,
  async enter(seller, page, look) {
    await seller.openCheckout(page, look, { trialDays })
    await typeCheckout(page, cards.authenticates)
    await pressPay(page)
    await page.locator('.bank-choices').waitFor()
  },
})

/** What a checkout turns into once its button was pressed, or when it can be pressed no more. */
export const outcomeStates: readonly PageState[] = [
  atBank('bank-payment', 0),
  atBank('bank-card', 14),
  {
    name: 'checkout-left-at-the-bank',
    async enter(seller, page, look) {
      const { token } = await seller.openCheckout(page, look)
      await hosted(seller.world, 'POST', `${token}/confirm`, confirmation(cards.authenticates))
      await page.reload()
      await until(page, 'calm')
    },
  },
  {
    name: 'checkout-waits-for-the-bank',
    async enter(seller, page, look) {
      const { token } = await newCheckout(seller.world)
      await withFaults(seller.world, { timeoutAfterCharge: true }, () =>
        hosted(seller.world, 'POST', `${token}/confirm`, confirmation(cards.pays)),
      )
      await seller.goTo(page, `/checkout/${token}`, look)
      await until(page, 'calm')
    },
  },
  {
    name: 'receipt-already-paid',
    async enter(seller, page, look) {
      const { token } = await newCheckout(seller.world, { subscription: { successUrl: 'https://shop.example/done' } })
      const address = { country: 'DE', line1: 'Torstraße 1', city: 'Berlin', postalCode: '10119' }
      await hosted(seller.world, 'POST', `${token}/confirm`, confirmation(cards.pays, { address }))
      await seller.goTo(page, `/checkout/${token}`, look)
      await until(page, 'good')
    },
  },
  {
    name: 'receipt-trial',
    async enter(seller, page, look) {
      await seller.openCheckout(page, look, { trialDays: 14 })
      await typeCheckout(page, cards.pays)
      await pressPay(page)
      await until(page, 'good')
    },
  },
  {
    name: 'checkout-canceled',
    async enter(seller, page, look) {
      const { subscriptionId, token } = await newCheckout(seller.world)
      await seller.world.client.subscriptions.cancel({ id: subscriptionId, immediate: true })
      await seller.goTo(page, `/checkout/${token}`, look)
      await until(page, 'bad')
    },
  },
  {
    name: 'checkout-without-provider',
    async enter(seller, page, look) {
      const { token } = await newCheckout(seller.world, { live: true })
      await seller.goTo(page, `/checkout/${token}`, look)
      await until(page, 'bad')
    },
  },
  {
    name: 'link-unknown',
    async enter(seller, page, look) {
      await seller.goTo(page, '/checkout/nobody-made-this', look)
      await until(page, 'bad')
    },
  },
]
