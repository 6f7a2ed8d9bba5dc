import type { Page } from 'playwright-core'
import { createLinks, inboxLink, signingKey } from '../../../server/src/links.ts'
import { testSecret } from '../../../server/test/support/world.ts'
import type { PageState } from './page-states.ts'
import type { Seller } from './seller.ts'

async function openInbox({ world }: Seller, page: Page): Promise<void> {
  const { id } = await world.db.selectFrom('organisation').select('id').executeTakeFirstOrThrow()
  const until = Temporal.Now.instant().add({ hours: 1 })
  await page.goto(inboxLink(world.url, signingKey(testSecret), id, until))
}

/** The front page, the inbox, and links to files. */
export const operatorStates: readonly PageState[] = [
  {
    name: 'invoice-link-expired',
    async enter(seller, page, look) {
      const { world } = seller
      const { id, org_id } = await world.db.selectFrom('invoice').select(['id', 'org_id']).executeTakeFirstOrThrow()
      const links = createLinks(world.url, signingKey(testSecret))
      const address = links.invoice(org_id, id, Temporal.Instant.from('2020-01-01T00:00:00Z'))
      await seller.goTo(page, new URL(address).pathname, look)
    },
  },
  { name: 'address-unreadable', enter: (seller, page, look) => seller.goTo(page, '/portal/%zz', look) },
  {
    name: 'form-too-large',
    async enter(seller, page, look) {
      const { path } = await seller.paymentLink()
      await seller.goTo(page, path, look)
      await page.locator('[name=fullName]').evaluate((field, length) => {
        field.removeAttribute('maxlength')
        field.value = 'a'.repeat(length)
        field.form?.submit()
      }, 1_100_000)
      await page.locator('.outcome[data-tone=bad]').waitFor()
    },
  },
  { name: 'front-page', enter: (seller, page, look) => seller.goTo(page, '/', look) },
  { name: 'inbox', enter: (seller, page) => openInbox(seller, page) },
  {
    name: 'inbox-mail',
    async enter(seller, page) {
      await openInbox(seller, page)
      await page.locator('.mails a').first().click()
      await page.frameLocator('iframe').locator('body').waitFor()
    },
  },
  { name: 'inbox-closed', enter: (seller, page, look) => seller.goTo(page, '/dev/inbox', look) },
]
