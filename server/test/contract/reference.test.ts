import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { launchBrowser } from '../support/browser.ts'
import { createWorld } from '../support/world.ts'

const world = await createWorld()
const browser = await launchBrowser()
after(async () => {
  await browser.close()
  await world.close()
})

/** A page that notes every request it makes and every complaint of the browser. */
async function watchedPage(): Promise<{ page: Page; requests: string[]; complaints: string[] }> {
  const page = await browser.newPage()
  const requests: string[] = []
  const complaints: string[] = []
  page.on('request', (request) => requests.push(request.url()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  return { page, requests, complaints }
}

/** Waits until the page has asked for nothing for half a second: what it keeps open does not count. */
async function untilQuiet(requests: readonly string[]): Promise<void> {
  for (let seen = -1; seen !== requests.length; ) {
    seen = requests.length
    await wait(500)
  }
}

test('the reference shows the operations and asks nobody but this server', { timeout: 60_000 }, async () => {
  const { page, requests, complaints } = await watchedPage()
  await page.goto(`${world.url}/reference`)
  await page.getByRole('heading', { name: 'Halley API' }).waitFor()
  await page.getByRole('link', { name: 'Create a feature.' }).first().click()
  await page.getByRole('heading', { name: 'Create a feature.' }).waitFor()
  await page.getByText('/api/v1/features/manage').first().waitFor()
  await untilQuiet(requests)
  const outside = requests.filter((url) => !url.startsWith(`${world.url}/`) && !/^(data|blob):/.test(url))
  assert.deepEqual(outside, [])
  assert.deepEqual(complaints, [])
})
