import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { launchBrowser } from '../../../server/test/support/browser.ts'
import { openPortalSeller } from '../support/portal-seller.ts'
import { type PortalState, portalStates } from '../support/portal-states.ts'
import { contactSheets } from './contact-sheets.ts'

/**
 * Photographs every page of the portal in every state, language, colour scheme and width, and puts them together on sheets to
 * look through: `node scripts/run.js web/test/screenshots/take-portal.ts <directory> [part of a name …]`.
 */
const [directory = 'screenshots', ...wanted] = process.argv.slice(2)
const out = resolve(directory)
mkdirSync(out, { recursive: true })

const languages = ['en', 'es'] as const
const themes = ['light', 'dark'] as const
const widths = [390, 1280] as const
const chosen = portalStates.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)))

const seller = await openPortalSeller(languages.length)
const browser = await launchBrowser()
try {
  for (const language of languages) {
    for (const state of chosen) {
      await photograph(state, language).catch((error: unknown) => {
        process.exitCode = 1
        console.error(`${state.name} (${language}): ${error instanceof Error ? error.message : error}`)
      })
    }
    for (const theme of themes) {
      for (const width of widths) {
        const name = `${language}-${theme}-${width}`
        const files = chosen.map((state) => `${state.name}-${name}.png`)
        await contactSheets(browser, out, name, width, files)
      }
    }
  }
} finally {
  await browser.close()
  await seller.close()
}

async function photograph(state: PortalState, language: string): Promise<void> {
  const context = await browser.newContext({ locale: language, viewport: { width: 1280, height: 900 } })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  await state.enter(seller, page, `locale=${language}`)
  for (const theme of themes) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 })
      await page.screenshot({ path: join(out, `${state.name}-${language}-${theme}-${width}.png`), fullPage: true })
    }
  }
  await context.close()
}
