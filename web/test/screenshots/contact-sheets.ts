import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'

const perSheet = { 390: 8, 1280: 6 } as const

/** Puts photographs side by side on sheets of a size that can be looked at. */
export async function contactSheets(
  browser: Browser,
  directory: string,
  name: string,
  width: keyof typeof perSheet,
  files: readonly string[],
): Promise<void> {
  const found = files.filter((file) => existsSync(join(directory, file)))
  const page = await browser.newPage({ viewport: { width: 1800, height: 1000 } })
  for (let at = 0; at < found.length; at += perSheet[width]) {
    const figures = found.slice(at, at + perSheet[width]).map((file) => {
      const image = readFileSync(join(directory, file)).toString('base64')
      return `<figure><figcaption>${file}</figcaption><img src="data:image/png;base64,${image}"></figure>`
    })
    const columns = width === 390 ? 4 : 3
    await page.setContent(
      `<style>body{margin:8px;background:#888;display:grid;gap:12px;grid-template-columns:repeat(${columns},1fr);align-items:start}
       figure{margin:0}img{width:100%}figcaption{font:14px sans-serif;padding:4px}</style>${figures.join('')}`,
    )
    await page.screenshot({ path: join(directory, `sheet-${name}-${at / perSheet[width] + 1}.png`), fullPage: true })
  }
  await page.close()
}
