import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { sell } from '../../../server/test/support/addon-stories.ts'
import { cards, Story } from '../../../server/test/support/billing-stories.ts'
import { portalOf } from '../../../server/test/support/portals.ts'
import { joinAsked } from '../../../server/test/support/steps.ts'

type Join = Parameters<Story['join']>[2]

/** A seller with plans of every kind, whose customers look after them in their portals. */
export type PortalSeller = {
  readonly story: Story
  /** Plan ids by code. */
  readonly plans: Readonly<Record<string, string>>
  /** A new customer of a plan; their own id. */
  customer(plan: string, options?: Join): Promise<string>
  /** A customer whose renewal was declined; nobody else gets them. */
  late(): string
  /** A customer whose renewal was declined because their bank asks for them each time. */
  readonly asked: string
  /** A customer who holds seats that their plan has no more. */
  readonly lost: string
  /** Opens a page of a customer's portal, in a new session; gives its token. */
  open(page: Page, customer: string, look: string, part?: string): Promise<string>
  close(): Promise<void>
}

/** `late`: how many customers with a declined renewal there are. */
export async function openPortalSeller(late: number): Promise<PortalSeller> {
  const story = await Story.on('2044-03-16', { reachable: true })
  const { world } = story
  const plans = await catalogue(story)
  const pastDue: string[] = []
  for (let nth = 0; nth < late; nth += 1) {
    pastDue.push(`late-${nth}`)
    await story.join(`late-${nth}`, 'pro', { card: cards.failsLater })
  }
  await joinAsked(story, 'asked', 'pro')
  await story.join('lost', 'desks', { initialSeats: { desks: 3 } })
  await world.client.plans.removeFeature({ id: plans.desks ?? '', featureId: 'desks' })
  await story.until('2044-04-16')
  let made = 0
  return {
    ...{ story, plans, asked: 'asked', lost: 'lost' },
    async customer(plan, options = {}) {
      const name = `customer-${++made}`
      await story.join(name, plan, options)
      return name
    },
    late() {
      const name = pastDue.pop()
      assert(name, 'there are more customers in arrears')
      return name
    },
    async open(page, customer, look, part = '') {
      const token = await portalOf(world, customer, 'https://shop.example/settings')
      await page.goto(`${world.url}/portal/${token}${part.includes('?') ? `${part}&${look}` : `${part}?${look}`}`)
      return token
    },
    close: () => story.close(),
  }
}

async function catalogue(story: Story): Promise<Record<string, string>> {
  const { client } = story.world
  const features = { calls: { included: 1000, beyond: 200 } }
  const plans: Record<string, string> = {}
  plans.basic = await story.plan('basic', { price: 2900, features })
  plans.pro = await story.plan('pro', { price: 9900, features })
  plans.try = await story.plan('try', { price: 2900, trialDays: 14 })
  plans.free = await story.plan('free', { isFree: true })
  plans.desks = await story.plan('desks', { price: 1900 })
  await story.price(plans.basic, { interval: 'yearly', price: 29_000 })
  const { data: group } = await client.planGroups.create({ name: 'Plans' })
  await client.features.create({ code: 'editors', name: 'Editors', type: 'seats' })
  await client.features.create({ code: 'desks', name: 'Desks', type: 'seats' })
  await client.plans.addFeature({ id: plans.desks, featureId: 'desks', includedAmount: 5 })
  await client.features.create({ code: 'sso', name: 'Single sign-on', type: 'boolean' })
  for (const id of [plans.basic, plans.pro]) {
    await client.planGroups.addPlan({ id: group?.id ?? '', planId: id })
    await client.plans.addFeature({
      id,
      featureId: 'editors',
      includedAmount: 2,
      overage: { enabled: true, unitPrice: 250_000 },
    })
    await client.plans.addFeature({ id, featureId: 'sso', enabled: id === plans.pro })
  }
  await client.plans.addFeature({ id: plans.free, featureId: 'editors', includedAmount: 2 })
  await sell(story.world, { feature: 'support', price: 1000 })
  const tokens = await client.plans.create({ code: 'tokens', name: 'Tokens', consumptionModel: 'credits' })
  await client.plans.addPrice({
    id: tokens.data?.id ?? '',
    billingInterval: 'monthly',
    price: 1000,
    includedCredits: 100,
  })
  await client.features.create({ code: 'images', name: 'Images', type: 'usage' })
  await client.plans.addFeature({ id: tokens.data?.id ?? '', featureId: 'images', creditsPerUnit: 2 })
  await client.creditPacks.create({ name: 'Small', credits: 500, price: 900 })
  await client.creditPacks.create({ name: 'Large', credits: 5000, price: 7900 })
  const prepaid = await client.plans.create({ code: 'prepaid', name: 'Prepaid', consumptionModel: 'balance' })
  const price = { billingInterval: 'monthly', price: 1000, includedBalance: 50_000 } as const
  await client.plans.addPrice({ id: prepaid.data?.id ?? '', ...price })
  return plans
}
