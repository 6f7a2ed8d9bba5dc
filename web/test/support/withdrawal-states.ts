import type { Page } from 'playwright-core'
import { confirmation, cards as ownCards, withFaults } from '../../../server/test/support/checkouts.ts'
import { portalOf, withdrawalPath } from '../../../server/test/support/portals.ts'
import type { PageState } from './page-states.ts'
import type { Seller } from './seller.ts'

let made = 0

/** The path on which a new customer in Germany withdraws, and who they are. */
async function contract(seller: Seller, country = 'DE'): Promise<{ path: string; customer: string; id: string }> {
  const customer = `withdraws-${++made}`
  const id = await seller.story.join(customer, 'pro', { country })
  return { path: withdrawalPath(seller.world, id), customer, id }
}

const confirm = (page: Page) => page.locator('form button').click()

/** The pages on which consumers withdraw from a contract, and what leads there. */
export const withdrawalStates: readonly PageState[] = [
  {
    name: 'receipt-with-withdrawal',
    async enter(seller, page, look) {
      await seller.story.customer(`receipt-${++made}`)
      const { checkoutUrl } = await seller.story.subscribe(`receipt-${made}`, 'pro')
      const address = { country: 'DE', line1: 'Torstraße 1', city: 'Berlin', postalCode: '10119' }
      const path = new URL(checkoutUrl).pathname
      await seller.world.request('POST', `/hosted/v1${path}/confirm`, {
        key: null,
        body: confirmation(ownCards.pays, { address }),
      })
      await seller.goTo(page, path, look)
      await page.locator('a[href*="/withdraw/"]').waitFor()
    },
  },
  {
    name: 'portal-with-withdrawal',
    async enter(seller, page, look) {
      const { customer } = await contract(seller)
      await seller.goTo(page, `/portal/${await portalOf(seller.world, customer)}`, look)
      await page.locator('a[href*="/withdraw/"]').waitFor()
    },
  },
  {
    name: 'withdraw-open',
    async enter(seller, page, look) {
      await seller.goTo(page, (await contract(seller)).path, look)
    },
  },
  {
    name: 'withdraw-done',
    async enter(seller, page, look) {
      await seller.goTo(page, (await contract(seller)).path, look)
      await confirm(page)
      await page.locator('.outcome[data-tone=good]').waitFor()
    },
  },
  {
    name: 'withdraw-busy',
    async enter(seller, page, look) {
      const { path, customer } = await contract(seller)
      await seller.goTo(page, path, look)
      await withFaults(seller.world, { timeoutAfterCharge: true }, async () => {
        await seller.world.request('POST', '/api/v1/payments/charge', {
          body: { customerId: customer, amount: 500, currency: 'usd', description: 'Onboarding' },
        })
        await confirm(page)
        await page.locator('[role=alert]').waitFor()
      })
    },
  },
  {
    name: 'withdraw-settled',
    async enter(seller, page, look) {
      const { path, customer } = await contract(seller)
      const { data } = await seller.world.client.transactions.list({ customerEmail: `${customer}@example.com` })
      await seller.world.client.transactions.refund({ id: data?.[0]?.id ?? '' })
      await seller.goTo(page, path, look)
    },
  },
  {
    name: 'withdraw-not-here',
    async enter(seller, page, look) {
      await seller.goTo(page, (await contract(seller, 'US')).path, look)
    },
  },
  {
    name: 'withdraw-too-late',
    async enter(seller, page, look) {
      const { path, id } = await contract(seller)
      const long = Temporal.Instant.from('2044-03-12T00:00:00Z')
      const { db } = seller.world
      await db.updateTable('checkout').set({ completed_at: long }).where('subscription_id', '=', id).execute()
      await seller.goTo(page, path, look)
    },
  },
]
