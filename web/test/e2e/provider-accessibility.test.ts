import { after, before } from 'node:test'
import { launchBrowser } from '../../../server/test/support/browser.ts'
import { testAccessibility } from '../support/accessibility.ts'
import { type ConnectedSeller, enterState, openConnectedSeller, providerStates } from '../support/provider-states.ts'

const browser = await launchBrowser()
let seller: ConnectedSeller
before(async () => {
  seller = await openConnectedSeller()
})
after(async () => {
  await browser.close()
  await seller.close()
})

// Without script axe cannot look; that page is the same markup with one notice more.
testAccessibility(
  browser,
  providerStates
    .filter(({ hasScript = true }) => hasScript)
    .map((state) => ({ name: state.name, enter: (page) => enterState(state, seller, page, 'locale=en') })),
)
