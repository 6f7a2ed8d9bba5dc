import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../../../server/test/support/browser.ts'
import { pageStates } from '../support/page-states.ts'
import { enterState, openConnectedSeller, providerStates } from '../support/provider-states.ts'
import { openSeller } from '../support/seller.ts'
import { contactSheets } from './contact-sheets.ts'

/**
 * Photographs every hosted page in every state, language, colour scheme and width, and puts them together on sheets to look
 * through: `npm run screenshots -- <directory> [part of a name …]`.
 */
const [directory = 'screenshots', ...wanted] = process.argv.slice(2)
const out = resolve(directory)
mkdirSync(out, { recursive: true })

const languages = ['en', 'es'] as const
const themes = ['light', 'dark'] as const
const widths = [390, 1280] as const

/** A page in one of its states, whoever sells there. */
type Shot = {
  readonly name: string
  readonly hasScript?: false
  /** High enough for the whole page where it has frames of other hosts: what is out of sight is not painted in them. */
  readonly height?: number
  readonly enter: (page: Page, look: string) => Promise<unknown>
}

const seller = await openSeller(languages.length * 2)
const connected = await openConnectedSeller()
const shots: readonly Shot[] = [
  ...pageStates.map(({ name, enter }): Shot => ({ name, enter: (page, look) => enter(seller, page, look) })),
  ...providerStates.map(
    (state): Shot => ({ ...state, height: 2100, enter: (page, look) => enterState(state, connected, page, look) }),
  ),
]
const chosen = shots.filter(({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
const browser = await launchBrowser()
try {
  for (const language of languages)
    for (const state of chosen) await photograph(browser, state, language).catch(report(state, language))
  for (const language of languages) {
    for (const theme of themes) {
      for (const width of widths) {
        const name = `${language}-${theme}-${width}`
        await contactSheets(
          browser,
          out,
          name,
          width,
          chosen.map((state) => `${state.name}-${name}.png`),
        )
      }
    }
  }
} finally {
  await browser.close()
  await seller.close()
  await connected.close()
}

async function photograph(
  camera: Browser,
  { name, hasScript, height = 900, enter }: Shot,
  language: string,
): Promise<void> {
  const context = await camera.newContext({
    locale: language,
    viewport: { width: 1280, height },
    javaScriptEnabled: hasScript !== false,
  })
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  await enter(page, `locale=${language}`)
  for (const theme of themes) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    for (const width of widths) {
      await page.setViewportSize({ width, height })
      await page.screenshot({ path: join(out, `${name}-${language}-${theme}-${width}.png`), fullPage: true })
    }
  }
  await context.close()
}

function report(state: Shot, language: string) {
  return (error: unknown) => {
    process.exitCode = 1
    console.error(`${state.name} (${language}): ${error instanceof Error ? error.message : error}`)
  }
}
