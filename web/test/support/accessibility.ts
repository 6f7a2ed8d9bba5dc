import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { sizeFaults } from './sizes.ts'

/** A page in one of its states, and how a browser gets there. */
type State = { readonly name: string; readonly locale?: string; readonly enter: (page: Page) => Promise<unknown> }

/** One test for each state: it is entered once, and looked at in light and dark on every width. */
export function testAccessibility(browser: Browser, states: readonly State[]): void {
  for (const { name, locale = 'en-US', enter } of states) {
    test(`${name}: axe finds nothing, nothing scrolls sideways and nothing is too small, in light and dark on every width`, async () => {
      const context = await browser.newContext({ locale, viewport: { width: 1280, height: 900 } })
      const page = await context.newPage()
      page.setDefaultTimeout(15_000)
      await enter(page)
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
}

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

/** What axe finds wrong with a page as it is, best practices included: rule and place. */
export async function violationsOf(page: Page): Promise<string[]> {
  // Half a megabyte: given to a page once, however often it is looked at.
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(axe)
  return page.evaluate(
    `axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) =>
       nodes.map(({ target, failureSummary }) => id + ' ' + target.join(' ') + ' ' + failureSummary)))`,
  )
}
