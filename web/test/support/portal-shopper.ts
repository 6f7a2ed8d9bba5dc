import assert from 'node:assert/strict'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { portalOf } from '../../../server/test/support/portals.ts'
import type { World } from '../../../server/test/support/world.ts'
import { shopperAt } from './shopper.ts'

/** A customer's portal in a browser. Everything is read and pressed by what it is called. */
export async function portalShopperAt(
  browser: Browser,
  world: World,
  customer: string,
  options: BrowserContextOptions = {},
) {
  const shopper = await shopperAt(browser, world, `/portal/${await portalOf(world, customer)}`, options)
  const { page } = shopper
  return {
    ...shopper,
    link: (name: string) => page.getByRole('link', { name }).first().click(),
    press: (name: string) => page.getByRole('button', { name }).first().click(),
    reads: (words: string) => page.getByText(words).first().waitFor(),
    async done() {
      assert.deepEqual(shopper.complaints, [])
      await shopper.close()
    },
  }
}
