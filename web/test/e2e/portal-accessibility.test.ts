import { after, before } from 'node:test'
import { launchBrowser } from '../../../server/test/support/browser.ts'
import { testAccessibility } from '../support/accessibility.ts'
import { openPortalSeller, type PortalSeller } from '../support/portal-seller.ts'
import { portalStates } from '../support/portal-states.ts'

const browser = await launchBrowser()
let seller: PortalSeller
before(async () => {
  seller = await openPortalSeller(1)
})
after(async () => {
  await browser.close()
  await seller.close()
})

const looks = portalStates.flatMap((state) =>
  (state.inBothLanguages ? (['en', 'es'] as const) : (['en'] as const)).map((language) => ({ state, language })),
)
testAccessibility(
  browser,
  looks.map(({ state, language }) => ({
    name: `${state.name} (${language})`,
    locale: language,
    enter: (page) => state.enter(seller, page, `locale=${language}`),
  })),
)
