import { readFileSync } from 'node:fs'
import type { Browser, BrowserContext, BrowserContextOptions, FrameLocator, Page, Route } from 'playwright-core'
import type { StripeDouble } from '../../../server/test/support/stripe-double.ts'
import type { World } from '../../../server/test/support/world.ts'
import { complaintsOf } from './shopper.ts'
import { bankFrame, fieldsFrame } from './stripe-frames.ts'

const script = readFileSync(new URL('./stripe-js-double.browser.js', import.meta.url), 'utf8')

/** What the page did with Stripe's script. */
export type StripeUse = {
  keys: [key: string, locale: string][]
  groups: Record<string, unknown>[]
  updates: Record<string, unknown>[]
  elements: Record<string, unknown>[]
  tokens: {
    id: string
    mode: string
    amount: number | null
    currency: string
    setupFutureUsage: string
    params: { payment_method_data: { billing_details: Record<string, unknown> }; return_url: string }
  }[]
  actions: string[]
}

export type StripeShopper = {
  readonly page: Page
  /** The card fields in Stripe's frame. */
  readonly fields: FrameLocator
  /** The bank's page over ours. */
  readonly bank: FrameLocator
  /** What the browser found wrong: scripts that failed, things the policy forbade. */
  readonly complaints: string[]
  /** Hosts that anything was asked of, beside our own server. */
  readonly hosts: Set<string>
  /** What was sent to our own server. */
  readonly bodies: string[]
  /** While true, Stripe's script does not load. */
  readonly line: { isCut: boolean }
  used(): Promise<StripeUse>
  close(): Promise<void>
}

let tokens = 0

/** Opens a page as a customer whose browser finds doubles where Stripe is; no other host answers. */
export async function stripeShopperAt(
  browser: Browser,
  world: World,
  stripe: StripeDouble,
  path: string,
  options: BrowserContextOptions & { isCut?: boolean } = {},
): Promise<StripeShopper> {
  const { isCut = false, ...contextOptions } = options
  const context = await browser.newContext({ locale: 'en-US', ...contextOptions })
  const page = await context.newPage()
  page.setDefaultTimeout(10_000)
  const complaints = complaintsOf(page)
  const hosts = new Set<string>()
  const bodies: string[] = []
  const line = { isCut }
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.origin !== world.url) hosts.add(url.host)
    else bodies.push(request.postData() ?? '')
  })
  await stripeIn(context, stripe, line)
  await page.goto(`${world.url}${path}`)
  return {
    ...{ page, complaints, hosts, bodies, line },
    fields: page.frameLocator('iframe[title="Secure payment input frame"]'),
    bank: page.frameLocator('iframe[title="Bank"]'),
    used: () => page.evaluate('window.stripeDouble'),
    close: () => context.close(),
  }
}

/** Puts doubles where Stripe is; no other host outside of this machine answers. While the line is cut, Stripe's script does not load. */
export function stripeIn(
  context: BrowserContext,
  stripe: StripeDouble,
  line: { readonly isCut: boolean },
): Promise<unknown> {
  return context.route(
    ({ hostname }) => hostname !== '127.0.0.1',
    (route) => answer(stripe, route, line.isCut),
  )
}

const html = 'text/html; charset=utf-8'

async function answer(stripe: StripeDouble, route: Route, isCut: boolean): Promise<void> {
  const request = route.request()
  const { host, pathname } = new URL(request.url())
  if (host === 'js.stripe.com' && pathname === '/endive/stripe.js') {
    return isCut ? route.abort('blockedbyclient') : route.fulfill({ contentType: 'text/javascript', body: script })
  }
  if (host === 'js.stripe.com') return route.fulfill({ contentType: html, body: fieldsFrame })
  if (host === 'hooks.stripe.com') return route.fulfill({ contentType: html, body: bankFrame })
  if (host !== 'api.stripe.com') return route.abort()
  const params = new URLSearchParams(request.postData() ?? '')
  const json = browserApi(stripe, pathname, params)
  return route.fulfill({ json, headers: { 'access-control-allow-origin': '*' } })
}

/** The part of Stripe's API that its script calls. */
function browserApi(stripe: StripeDouble, path: string, params: URLSearchParams): unknown {
  if (params.get('key') !== stripe.publishableKey) {
    return { error: { type: 'invalid_request_error', message: 'Invalid API Key provided.' } }
  }
  if (path === '/v1/confirmation_tokens') return { id: `ctoken_${params.get('card')}_${++tokens}` }
  const secret = params.get('client_secret') ?? ''
  const intent = [...stripe.intents.values()].find(({ client_secret }) => client_secret === secret)
  if (!intent) return { error: { type: 'invalid_request_error', message: 'No such intent.' } }
  if (path === '/v1/authenticate') {
    stripe.authenticate(intent.metadata.transaction ?? '', params.get('answer') === 'approve' ? 'approve' : 'fail')
  }
  return intent.last_error ? { error: intent.last_error } : { id: intent.id, status: intent.status }
}

/** Types a card into Stripe's fields. */
export async function typeCard(fields: FrameLocator, number: string): Promise<void> {
  await fields.locator('#number').fill(number)
  await fields.locator('#expiry').fill('12 / 44')
  await fields.locator('#cvc').fill('123')
}

/** Types everything that our own form asks for, in whatever language it asks. */
export async function typeDetails(page: Page): Promise<void> {
  const details = { line1: '100 Market Street', city: 'San Francisco', postalCode: '94105', fullName: 'Ada Lovelace' }
  await page.locator('[name=country]').selectOption('US')
  await page.locator('[name=state]').fill('CA')
  for (const [name, text] of Object.entries(details)) await page.locator(`[name=${name}]`).fill(text)
}
