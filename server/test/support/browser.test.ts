import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { Browser } from 'playwright-core'
import { launchBrowser } from './browser.ts'

test('the browser from npm shows a page, runs its script and draws its text', { timeout: 60_000 }, async () => {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(`<!doctype html><title>Halley</title><h1>before</h1><span>iiiii</span><p><span>WWWWW</span></p>
      <script>document.querySelector('h1').textContent = 'after'</script>`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  let browser: Browser | undefined
  try {
    browser = await launchBrowser()
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${port}/`)
    assert.equal(await page.title(), 'Halley')
    assert.equal(await page.getByRole('heading').textContent(), 'after')
    const [narrow, wide] = await Promise.all(['iiiii', 'WWWWW'].map((text) => page.getByText(text).boundingBox()))
    // Without a font every letter is the same box.
    assert((narrow?.width ?? 0) > 0 && (wide?.width ?? 0) > 2 * (narrow?.width ?? 0))
    assert((await page.screenshot()).length > 3_000)
  } finally {
    await browser?.close()
    server.close()
  }
})
