import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { World } from '../../../server/test/support/world.ts'

/** A page that must behave: `complaints` are script errors, refusals of the content policy and requests to other hosts. */
export type Shopper = { readonly page: Page; readonly complaints: string[]; close(): Promise<void> }

/** A customer with a browser of their own, on the page of a checkout. */
export async function shopperAt(
  browser: Browser,
  world: World,
  path: string,
  options: BrowserContextOptions = {},
): Promise<Shopper> {
  const context = await browser.newContext({ locale: 'en-US', ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const complaints = complaintsOf(page)
  page.on('request', (request) => {
    const isOwn = request.url().startsWith(`${world.url}/`)
    if (!isOwn && !request.isNavigationRequest()) complaints.push(`asked ${request.url()}`)
  })
  await page.goto(`${world.url}${path}`)
  return { page, complaints, close: () => context.close() }
}

/** What the browser finds wrong with a page, as it happens: scripts that fail, things that the content policy forbids. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    // A refusal is an answer of ours; the browser notes it all the same.
    const isAnswer = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isAnswer) complaints.push(message.text())
  })
  return complaints
}

/** Types a whole checkout, field by field by its label. */
export async function fillCheckout(page: Page, card: string): Promise<void> {
  await page.getByLabel('Country or region').selectOption('US')
  await page.getByLabel('Address', { exact: true }).fill('100 Market Street')
  await page.getByLabel('City').fill('San Francisco')
  await page.locator('[name=state]').fill('CA')
  await page.locator('[name=postalCode]').fill('94105')
  await page.getByLabel('Name on card').fill('Ada Lovelace')
  await fillCard(page, card)
}

/** Types a card over whatever stands there. */
export async function fillCard(page: Page, card: string): Promise<void> {
  await page.getByLabel('Card number').fill(card)
  await page.getByLabel('Expiry date').fill('12/44')
  await page.getByLabel('Security code').fill('123')
}

export type Shop = { readonly url: string; close(): void }

/** The seller's own site, on another origin. */
export async function openShop(): Promise<Shop> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>Shop</title><h1>Thank you</h1>')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/done`, close: () => server.close() }
}
