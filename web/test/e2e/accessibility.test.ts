import { after, before } from 'node:test'
import { launchBrowser } from '../../../server/test/support/browser.ts'
import { testAccessibility } from '../support/accessibility.ts'
import { pageStates } from '../support/page-states.ts'
import { openSeller, type Seller } from '../support/seller.ts'

const browser = await launchBrowser()
let seller: Seller
before(async () => {
  seller = await openSeller(2)
})
after(async () => {
  await browser.close()
  await seller.close()
})

testAccessibility(
  browser,
  pageStates.map((state) => ({ name: state.name, enter: (page) => state.enter(seller, page, 'locale=en') })),
)
