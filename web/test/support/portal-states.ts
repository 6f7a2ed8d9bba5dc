import type { Page } from 'playwright-core'
import { cards } from '../../../server/test/support/billing-stories.ts'
import { joinAsked } from '../../../server/test/support/steps.ts'
import type { PortalSeller } from './portal-seller.ts'

/** A page of the portal in one of its states. */
export type PortalState = {
  readonly name: string
  /** Looked at by axe in Spanish as well as in English. */
  readonly inBothLanguages?: true
  /** Leads a browser there. `look` is what follows the `?` of every address: language and colours. */
  readonly enter: (seller: PortalSeller, page: Page, look: string) => Promise<unknown>
}

/** The button of a form of the page, by what the form does. */
const send = (page: Page, action: string) => page.locator(`form[action*="/${action}?"] button`).first().click()

const of = (name: string, plan: string, part = ''): PortalState => ({
  name,
  enter: async (seller, page, look) => seller.open(page, await seller.customer(plan), look, part),
})

/** What a customer does first, then the page it leads to. */
const after = (
  name: string,
  plan: string,
  act: (page: Page, customer: string, seller: PortalSeller) => Promise<unknown>,
  part = '',
): PortalState => ({
  name,
  async enter(seller, page, look) {
    const customer = await seller.customer(plan)
    await seller.open(page, customer, look, part)
    await act(page, customer, seller)
  },
})

/** The bank's page of a change of plan that a new customer asked for. Gives the token of their portal. */
async function openBankOfChange(seller: PortalSeller, page: Page, look: string): Promise<string> {
  asked += 1
  const customer = `change-${asked}`
  await joinAsked(seller.story, customer, 'basic')
  const token = await seller.open(page, customer, look, `/plans?planId=${seller.plans.pro}&billingInterval=monthly`)
  await send(page, 'change-plan')
  await page.locator('.bank-choices').waitFor()
  return token
}
let asked = 0

const overviews: readonly PortalState[] = [
  {
    name: 'portal-active',
    async enter(seller, page, look) {
      const customer = await seller.customer('basic', { initialSeats: { editors: 4 } })
      await seller.story.use(customer, 'calls', 1250)
      await seller.open(page, customer, look)
    },
  },
  of('portal-trial', 'try'),
  of('portal-free', 'free'),
  {
    name: 'portal-past-due',
    enter: (seller, page, look) => seller.open(page, seller.late(), look),
  },
  after('portal-ending', 'basic', async (page) => {
    await page.locator('a[href*="/cancel?"]').click()
    await send(page, 'cancel')
    await page.locator('.notice-good').waitFor()
  }),
  after('portal-ended', 'pro', async (page, customer, seller) => {
    await seller.story.cancel(customer, { immediate: true })
    await page.reload()
  }),
  {
    name: 'portal-unpaid',
    async enter(seller, page, look) {
      const customer = `unpaid-${look.slice(-2)}`
      await seller.story.customer(customer)
      await seller.story.subscribe(customer, 'basic')
      await seller.open(page, customer, look)
    },
  },
  {
    name: 'portal-without-subscription',
    async enter(seller, page, look) {
      const customer = `nothing-${look.slice(-2)}`
      await seller.story.customer(customer)
      await seller.open(page, customer, look)
    },
  },
  {
    name: 'portal-card-expires',
    async enter(seller, page, look) {
      const customer = await seller.customer('basic')
      await seller.story.world.db
        .updateTable('payment_method')
        .set({ exp_year: 2044, exp_month: 5 })
        .where('customer_id', '=', (await seller.story.world.client.customers.get({ id: customer })).data?.id ?? '')
        .execute()
      await seller.open(page, customer, look)
    },
  },
  after('portal-change-waits', 'pro', async (page, _customer, { plans }) => {
    await page.goto(page.url().replace('?', `/plans?planId=${plans.basic}&billingInterval=monthly&`))
    await send(page, 'change-plan')
    await page.locator('.notice-good').waitFor()
  }),
  of('portal-credits', 'tokens'),
  of('portal-balance', 'prepaid'),
  {
    name: 'portal-bank-asks',
    async enter(seller, page, look) {
      const customer = `asked-${look.slice(-2)}`
      await seller.story.customer(customer)
      const { checkoutUrl } = await seller.story.subscribe(customer, 'tokens')
      const { body } = await seller.story.pay(checkoutUrl, cards.asks)
      await page.goto(seller.story.world.url + new URL(body.data.action.url).pathname)
      await page.locator('.bank-choices button').first().click()
      await page.locator('.outcome[data-tone=good]').waitFor()
      const token = await seller.open(page, customer, look)
      await send(page, 'credit-packs')
      await page.locator('.bank-choices').waitFor()
      await page.goto(`${seller.story.world.url}/portal/${token}?${look}`)
    },
  },
  {
    name: 'portal-bank-asks-plan',
    inBothLanguages: true,
    async enter(seller, page, look) {
      const token = await openBankOfChange(seller, page, look)
      await page.goto(`${seller.story.world.url}/portal/${token}?${look}`)
      await page.locator('.notice-warn').waitFor()
    },
  },
  {
    name: 'portal-bank-failed-plan',
    inBothLanguages: true,
    async enter(seller, page, look) {
      await openBankOfChange(seller, page, look)
      await page.locator('[value=fail]').click()
      await page.locator('.notice-bad').waitFor()
    },
  },
  {
    name: 'portal-bank-asks-retry',
    inBothLanguages: true,
    async enter(seller, page, look) {
      const token = await seller.open(page, seller.asked, look)
      // Asked once, the bank waits for the answer.
      if ((await page.locator('form[action*="/retry?"]').count()) === 0) return
      await send(page, 'retry')
      await page.locator('.bank-choices').waitFor()
      await page.goto(`${seller.story.world.url}/portal/${token}?${look}`)
    },
  },
  {
    name: 'portal-add-card',
    inBothLanguages: true,
    async enter(seller, page, look) {
      await seller.open(page, await seller.customer('free'), look)
      await send(page, 'payment-method')
      await page.locator('.pay button').waitFor()
    },
  },
  {
    name: 'portal-declined',
    async enter(seller, page, look) {
      await seller.open(page, await seller.customer('tokens', { card: cards.failsLater }), look)
      await send(page, 'credit-packs')
      await page.locator('.notice-bad').waitFor()
    },
  },
  after('portal-top-up-wrong', 'prepaid', async (page) => {
    await page.locator('[name=amount]').first().fill('0.10')
    await send(page, 'top-up')
    await page.locator('.field-error').waitFor()
  }),
  after('portal-add-on', 'basic', async (page) => {
    await send(page, 'activate-addon')
    await page.locator('.notice-good').waitFor()
    await page.locator('details summary').first().click()
  }),
]

const parts: readonly PortalState[] = [
  of('portal-cancel', 'basic', '/cancel'),
  of('portal-plans', 'basic', '/plans'),
  after('portal-plan-now', 'basic', (page, _customer, { plans }) =>
    page.goto(page.url().replace('?', `/plans?planId=${plans.pro}&billingInterval=monthly&`)),
  ),
  after('portal-plan-later', 'pro', (page, _customer, { plans }) =>
    page.goto(page.url().replace('?', `/plans?planId=${plans.basic}&billingInterval=monthly&`)),
  ),
  of('portal-seats', 'basic', '/seats'),
  of('portal-seats-preview', 'basic', '/seats?featureCode=editors&count=5'),
  {
    name: 'portal-seats-lost',
    inBothLanguages: true,
    enter: (seller, page, look) => seller.open(page, seller.lost, look, '/seats'),
  },
  of('portal-seats-refused', 'free', '/seats?featureCode=editors&count=5'),
  of('portal-details', 'basic', '/billing-details'),
  after(
    'portal-details-wrong',
    'basic',
    async (page) => {
      await page.locator('[name=country]').selectOption('DE')
      await page.locator('[name=taxDocument]').fill('DE123')
      await send(page, 'billing-details')
      await page.locator('.field-error').first().waitFor()
    },
    '/billing-details',
  ),
  of('portal-email', 'basic', '/email'),
  after(
    'portal-email-waits',
    'basic',
    async (page) => {
      await page.locator('[name=email]').fill('somebody@a-rather-long-name-of-a-company.example')
      await send(page, 'email')
      await page.locator('.notice-good').waitFor()
    },
    '/email',
  ),
  {
    name: 'portal-history',
    async enter(seller, page, look) {
      const customer = await seller.customer('tokens')
      await seller.story.use(customer, 'images', 7)
      await seller.open(page, customer, look)
      await send(page, 'credit-packs')
      await page.locator('a[href*="/history"]').click()
    },
  },
]

/** The newest link that a mail of a kind has. */
async function mailed({ story }: PortalSeller, kind: string, fact: string): Promise<string> {
  const { rows } = await story.world.database.pool.query<{ url: string }>(
    'select facts->>$2 as url from mail where kind = $1 order by id desc limit 1',
    [kind, fact],
  )
  return new URL(rows[0]?.url ?? '').pathname
}

const emailLink = (name: string, press: (page: Page) => Promise<unknown>): PortalState => ({
  name,
  async enter(seller, page, look) {
    await seller.open(page, await seller.customer('basic'), look, '/email')
    await page.locator('[name=email]').fill(`new-${name}@example.com`)
    await send(page, 'email')
    await page.locator('.notice-good').waitFor()
    const back = page.url()
    await page.goto(`${seller.story.world.url}${await mailed(seller, 'email_change', 'confirmUrl')}?${look}`)
    if (name !== 'email-ended') return press(page)
    const link = page.url()
    await page.goto(back)
    await send(page, 'drop-email')
    await page.goto(link)
  },
})

const links: readonly PortalState[] = [
  after('portal-link-ended', 'basic', async (page, _customer, { story }) => {
    const long = Temporal.Now.instant().subtract({ minutes: 31 })
    await story.world.db.updateTable('portal_session').set({ last_seen_at: long }).execute()
    await page.reload()
  }),
  after('portal-link-sent', 'basic', async (page, _customer, { story }) => {
    const long = Temporal.Now.instant().subtract({ minutes: 31 })
    await story.world.db.updateTable('portal_session').set({ last_seen_at: long }).execute()
    await page.reload()
    await page.locator('form button').click()
    await page.locator('.outcome[data-tone=good]').waitFor()
  }),
  emailLink('email-confirm', async () => undefined),
  emailLink('email-confirmed', async (page) => {
    await page.locator('form button').click()
    await page.locator('.outcome[data-tone=good]').waitFor()
  }),
  emailLink('email-ended', async () => undefined),
]

/** Every page of the portal in every state it has. One customer in arrears is needed for every round. */
export const portalStates: readonly PortalState[] = [...overviews, ...parts, ...links]
