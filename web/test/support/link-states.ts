import { cards } from '../../../server/test/support/checkouts.ts'
import { portalOf } from '../../../server/test/support/portals.ts'
import type { PageState } from './page-states.ts'
import type { Seller } from './seller.ts'
import { pressPay, typeCheckout } from './typing.ts'
import { withdrawalStates } from './withdrawal-states.ts'

/** A portal whose session is over. */
async function endedPortal(seller: Seller): Promise<string> {
  const token = await portalOf(seller.world, await seller.customer())
  const opened = Temporal.Now.instant().subtract({ hours: 3 })
  await seller.world.db.updateTable('portal_session').set({ opened_at: opened, last_seen_at: opened }).execute()
  return `/portal/${token}`
}

/** Payment links, recovery, another card, and what is left of a portal that has ended. */
export const linkStates: readonly PageState[] = [
  {
    name: 'pay-open',
    async enter(seller, page, look) {
      await seller.goTo(page, (await seller.paymentLink()).path, look)
    },
  },
  {
    name: 'pay-with-customer-and-tax',
    async enter(seller, page, look) {
      const address = { line1: 'Torstraße 1', city: 'Berlin', postalCode: '10119', country: 'DE' }
      const customer = { email: 'eva@example.com', fullName: 'Eva Muster', address }
      const { data } = await seller.world.client.customers.create(customer as { email: string })
      await seller.goTo(page, (await seller.paymentLink({ customerId: data?.id })).path, look)
    },
  },
  {
    name: 'pay-receipt',
    async enter(seller, page, look) {
      await seller.goTo(page, (await seller.paymentLink()).path, look)
      await page.locator('[name=email]').fill('eva@example.com')
      await typeCheckout(page, cards.pays, 'DE')
      await page.locator('.summary-figure', { hasText: /58[.,]31/ }).waitFor()
      await pressPay(page)
      await page.locator('.outcome[data-tone=good]').waitFor()
    },
  },
  {
    name: 'pay-canceled',
    async enter(seller, page, look) {
      const { id, path } = await seller.paymentLink()
      await seller.world.client.payments.cancel({ id })
      await seller.goTo(page, path, look)
      await page.locator('.outcome[data-tone=bad]').waitFor()
    },
  },
  {
    name: 'pay-expired',
    async enter(seller, page, look) {
      const { id, path } = await seller.paymentLink()
      const past = Temporal.Instant.from('2044-04-01T00:00:00Z')
      await seller.world.db.updateTable('payment').set({ expires_at: past }).where('id', '=', id).execute()
      await seller.goTo(page, path, look)
      await page.locator('.outcome[data-tone=bad]').waitFor()
    },
  },
  {
    name: 'recovery-past-due',
    async enter(seller, page, look) {
      await seller.goTo(page, await seller.recoveryPath(), look)
      await page.locator('.pay button').waitFor()
    },
  },
  {
    name: 'recovery-nothing-due',
    async enter(seller, page, look) {
      const path = await seller.recoveryPath()
      await seller.goTo(page, path, look)
      await typeCheckout(page, cards.pays)
      await pressPay(page)
      await page.locator('.outcome[data-tone=good]').waitFor()
      await seller.goTo(page, path, look)
      await page.locator('.page-message').waitFor()
    },
  },
  {
    name: 'recovery-plan-unavailable',
    async enter(seller, page, look) {
      await seller.goTo(page, await seller.unavailablePath(), look)
      await page.locator('.outcome[data-tone=bad]').waitFor()
    },
  },
  {
    name: 'method-update',
    async enter(seller, page, look) {
      await seller.goTo(page, await seller.methodUpdatePath(), look)
    },
  },
  {
    name: 'method-updated',
    async enter(seller, page, look) {
      await seller.goTo(page, await seller.methodUpdatePath(), look)
      await typeCheckout(page, '5555 5555 5555 4444')
      await pressPay(page)
      await page.locator('.outcome[data-tone=good]').waitFor()
    },
  },
  {
    name: 'portal-top-up-sum',
    async enter(seller, page, look) {
      await seller.goTo(page, await seller.walletPath(), look)
      await page.locator('[name=amount]').first().fill('20')
      await page.locator('form[action*="/top-up?"] button').click()
      await page.locator('.notice-warn').waitFor()
    },
  },
  ...withdrawalStates,
  {
    name: 'portal-ended',
    async enter(seller, page, look) {
      await seller.goTo(page, await endedPortal(seller), look)
    },
  },
  {
    name: 'portal-link-sent',
    async enter(seller, page, look) {
      await seller.goTo(page, await endedPortal(seller), look)
      await page.locator('button[type=submit]').click()
      await page.waitForLoadState()
    },
  },
]
