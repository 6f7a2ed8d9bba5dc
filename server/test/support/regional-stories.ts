import assert from 'node:assert/strict'
import type { Story } from './billing-stories.ts'

/** A feature of a regional plan: unit prices in the rate scale of US dollars. */
export type RegionalFeature = {
  readonly type: 'usage' | 'seats' | 'quota'
  readonly included?: number
  readonly beyond?: number
  readonly creditsPerUnit?: number
}

export type RegionalPlan = {
  readonly model?: 'metered' | 'credits' | 'balance'
  readonly interval?: 'monthly' | 'quarterly'
  readonly price?: number
  readonly includedCredits?: number
  readonly includedBalance?: number
  readonly trialDays?: number
  readonly intro?: { readonly discountType: 'percentage' | 'amount'; readonly discountValue: number }
  readonly features?: Record<string, RegionalFeature>
  readonly rates?: Record<string, number>
}

export type MadePlan = { readonly id: string; readonly code: string; readonly priceId: string }

/** Makes a plan with its regional pricing through the public client. Prices are minor units of USD. */
export async function regionalPlan({ world }: Story, code: string, plan: RegionalPlan = {}): Promise<MadePlan> {
  const { client } = world
  const { model = 'metered', features = {}, rates = {}, intro, includedCredits, includedBalance, trialDays } = plan
  const { data } = await client.plans.create({ code, name: code, consumptionModel: model })
  assert(data)
  for (const [feature, { type, included = 0, beyond, creditsPerUnit }] of Object.entries(features)) {
    await client.features.create({ code: feature, name: feature, type }).catch(() => undefined)
    await client.plans.addFeature({
      id: data.id,
      featureId: feature,
      includedAmount: included,
      ...(creditsPerUnit === undefined ? {} : { creditsPerUnit }),
      ...(beyond === undefined ? {} : { overage: { enabled: true, unitPrice: beyond } }),
    })
  }
  const price = await client.plans.addPrice({
    id: data.id,
    billingInterval: plan.interval ?? 'monthly',
    price: plan.price ?? 2900,
    ...(includedCredits === undefined ? {} : { includedCredits }),
    ...(includedBalance === undefined ? {} : { includedBalance }),
    ...(trialDays === undefined ? {} : { trialDays }),
    ...(intro ? { introOffer: { enabled: true, durationCycles: 2, ...intro } } : {}),
  })
  assert(price.data)
  for (const [currency, exchangeRate] of Object.entries(rates)) {
    await client.plans.setRegionalPricing({ id: data.id, currency: currency as 'brl', exchangeRate })
  }
  return { id: data.id, code, priceId: price.data.id }
}

/** The JSON API of a checkout by its address, without any API key. */
export function checkoutOf({ world }: Story, checkoutUrl: string) {
  const path = `/hosted/v1/checkout/${checkoutUrl.split('/').at(-1)}`
  const call = async (method: string, at: string, body?: unknown) => {
    const answer = await world.request(method, at, { key: null, ...(body === undefined ? {} : { body }) })
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    return answer.body.data
  }
  return { get: () => call('GET', path), quote: (body: unknown) => call('PUT', `${path}/quote`, body) }
}

export type ToldInvoice = { readonly currency: string; readonly total: number; readonly lines: readonly string[] }

/** The invoices of a customer in the order of their numbers: each line as `type amount`. */
export async function invoicesOf({ world }: Story, customer: string): Promise<string[]> {
  const { body } = await world.request('GET', `/api/v1/invoices?customerId=${customer}&limit=100`)
  const invoices = body.data as {
    invoiceNumber: string
    invoiceType: string
    currency: string
    status: string
    total: number
    lineItems: { lineType: string; amount: number }[]
  }[]
  return invoices
    .sort((a, b) => a.invoiceNumber.localeCompare(b.invoiceNumber))
    .map(({ invoiceType, currency, status, total, lineItems }) => {
      const lines = lineItems.map(({ lineType, amount }) => `${lineType} ${amount}`)
      return `${invoiceType} ${status} ${total} ${currency}: ${lines.join(', ')}`
    })
}

/** What the simulated processor has charged, in the order of its books. */
export async function chargesOf({ world }: Story): Promise<string[]> {
  const { rows } = await world.database.pool.query<{ amount: bigint; currency: string }>(
    `select amount, currency from simulated_processor.charge where kind = 'charge' and state = 'succeeded' order by created_at, id`,
  )
  return rows.map(({ amount, currency }) => `${amount} ${currency}`)
}
