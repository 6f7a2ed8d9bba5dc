import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { cards as laterCards, Story } from '../../../server/test/support/billing-stories.ts'
import { type NewCheckout, newCheckout } from '../../../server/test/support/checkouts.ts'
import { portalOf } from '../../../server/test/support/portals.ts'
import { registerTax } from '../../../server/test/support/taxes.ts'
import type { World } from '../../../server/test/support/world.ts'

/** A seller in Germany who charges tax there, with a promo code and customers whose renewals were declined. */
export type Seller = {
  readonly story: Story
  readonly world: World
  /** Opens an address of the seller's Halley; `look` is what follows the `?`: language and colours. */
  goTo(page: Page, path: string, look?: string): Promise<unknown>
  /** A new customer's checkout, open in the browser. */
  openCheckout(page: Page, look?: string, given?: NewCheckout): Promise<{ token: string; subscriptionId: string }>
  /** A new payment link over 49.00 USD. */
  paymentLink(changes?: Record<string, unknown>): Promise<{ id: string; path: string }>
  /** The path of the recovery link of a customer whose renewal was declined; nobody else gets it. */
  recoveryPath(): Promise<string>
  /** The path of the recovery link of a new customer whose plan is not sold any more. */
  unavailablePath(): Promise<string>
  /** The path of the portal of a new customer in Germany who pays from a balance. */
  walletPath(): Promise<string>
  /** The path where a new customer with a subscription changes their card. */
  methodUpdatePath(settings?: { successUrl?: string }): Promise<string>
  /** The id of a new customer with a subscription. */
  customer(): Promise<string>
  close(): Promise<void>
}

const pathOf = (url: string | null | undefined) => new URL(url ?? '').pathname

/** `late`: how many customers with a declined renewal there are. */
export async function openSeller(late: number): Promise<Seller> {
  const story = await Story.on('2044-03-10', { reachable: true })
  const { world } = story
  await registerTax(world, 'DE', ['DE'])
  await world.client.promoCodes.create({ code: 'SUMMER', discountType: 'percentage', discountValue: 2500 })
  await story.plan('pro')
  const pastDue: string[] = []
  for (let nth = 0; nth < late; nth += 1)
    pastDue.push(await story.join(`late-${nth}`, 'pro', { card: laterCards.failsLater }))
  await story.until('2044-04-10')
  let made = 0
  return {
    story,
    world,
    goTo: (page, path, look = '') => page.goto(`${world.url}${path}?${look}`),
    async openCheckout(page, look = '', given = {}) {
      const checkout = await newCheckout(world, given)
      await page.goto(`${world.url}/checkout/${checkout.token}?${look}`)
      return checkout
    },
    async paymentLink(changes = {}) {
      const asked = { amount: 4900, currency: 'USD', description: 'Workshop in June', ...changes }
      const { data } = await world.client.payments.create(asked as Parameters<typeof world.client.payments.create>[0])
      assert(data?.url)
      return { id: data.id, path: pathOf(data.url) }
    },
    async recoveryPath() {
      const id = pastDue.pop()
      assert(id, 'there are more customers in arrears')
      return pathOf((await world.client.subscriptions.createRecoveryLink({ id })).data?.url)
    },
    async unavailablePath() {
      const code = `gone_${++made}`
      const planId = await story.plan(code)
      const id = await story.join(code, code, { card: laterCards.failsLater })
      await story.cancel(code, { immediate: true })
      await world.client.subscriptions.reactivate({ id }).catch(() => undefined)
      const { data } = await world.client.subscriptions.createRecoveryLink({ id })
      await world.client.plans.delete({ id: planId })
      return pathOf(data?.url)
    },
    async walletPath() {
      const code = `wallet_${++made}`
      const { data } = await world.client.plans.create({ code, name: 'Wallet', consumptionModel: 'balance' })
      const price = { billingInterval: 'monthly', price: 1000, includedBalance: 50_000 } as const
      await world.client.plans.addPrice({ id: data?.id ?? '', ...price })
      await story.join(code, code, { country: 'DE' })
      return `/portal/${await portalOf(world, code)}`
    },
    async methodUpdatePath(settings = {}) {
      const id = await story.join(`card-${++made}`, 'pro')
      return pathOf((await world.client.subscriptions.updatePaymentMethod({ id, ...settings })).data?.checkoutUrl)
    },
    async customer() {
      const name = `customer-${++made}`
      await story.join(name, 'pro')
      return name
    },
    close: () => story.close(),
  }
}
