import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launchBrowser } from '../../../server/test/support/browser.ts'
import { openPortalSeller, type PortalSeller } from '../support/portal-seller.ts'
import { portalStates } from '../support/portal-states.ts'
import { violationsOf } from '../support/shopper.ts'
import { sizeFaults } from '../support/sizes.ts'

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
for (const { state, language } of looks) {
  test(`${state.name} (${language}): axe finds nothing, nothing scrolls sideways and nothing is too small, in light and dark on every width`, async () => {
    const context = await browser.newContext({
      locale: language,
      viewport: { width: 1280, height: 900 },
    })
    const page = await context.newPage()
    page.setDefaultTimeout(15_000)
    await state.enter(seller, page, `locale=${language}`)
    for (const width of [320, 768, 1280]) {
      await page.setViewportSize({ width, height: 900 })
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        assert.deepEqual(await violationsOf(page), [], `${width} px, ${colorScheme}`)
      }
      assert.deepEqual(await sizeFaults(page), [], `${width} px`)
    }
    await context.close()
  })
}
