import assert from 'node:assert/strict'
import type { Commet } from '@commet/node'

/** What these stories need of a world. */
type Stage = {
  readonly client: Commet
  request(
    method: string,
    path: string,
    options?: { body?: unknown },
  ): Promise<{ status: number; body: { data: Record<string, unknown> } }>
}

export type PlannedFeature = {
  readonly type: 'boolean' | 'usage' | 'seats' | 'quota'
  readonly enabled?: boolean
  readonly includedAmount?: number
  readonly unlimited?: boolean
  /** Price per unit beyond, rate scale. */
  readonly overage?: number
}

export type Named = { readonly id: string; readonly externalId: string }

let numbers = 0

/** A free plan with these features by code; features that do not exist are made. */
export function freePlan(stage: Stage, features: Record<string, PlannedFeature>): Promise<{ id: string }> {
  return newPlan(stage, features, true)
}

async function newPlan(
  stage: Stage,
  features: Record<string, PlannedFeature>,
  isFree: boolean,
): Promise<{ id: string }> {
  const { client } = stage
  const { data: plan } = await client.plans.create({ code: `plan_${++numbers}`, name: `Plan ${numbers}`, isFree })
  assert(plan)
  for (const [code, { type, overage, ...settings }] of Object.entries(features)) {
    await client.features.create({ code, name: code, type })
    await client.plans.addFeature({
      id: plan.id,
      featureId: code,
      ...settings,
      ...(overage === undefined ? {} : { overage: { enabled: true, unitPrice: overage } }),
    })
  }
  return plan
}

/** A customer, with an own id unless `isNamed` is false. */
export async function newCustomer({ client }: Stage, { isNamed = true } = {}): Promise<Named> {
  const number = ++numbers
  const { data } = await client.customers.create({
    email: `c${number}@example.com`,
    ...(isNamed ? { id: `customer-${number}` } : {}),
  })
  assert(data)
  return { id: data.id, externalId: data.externalId ?? '' }
}

/** A new customer on a free plan. */
export async function subscribe(stage: Stage, plan: { id: string }): Promise<Named> {
  const customer = await newCustomer(stage)
  await stage.client.subscriptions.create({ customerId: customer.id, planId: plan.id })
  return customer
}

/** A new customer on a plan of 29 USD a month with these features, paid through the hosted checkout. */
export async function paidCustomer(stage: Stage, features: Record<string, PlannedFeature>): Promise<Named> {
  const plan = await newPlan(stage, features, false)
  await stage.client.plans.addPrice({ id: plan.id, billingInterval: 'monthly', price: 2900 })
  const customer = await newCustomer(stage)
  const { data } = await stage.client.subscriptions.create({ customerId: customer.id, planId: plan.id })
  const token = data?.checkoutUrl?.split('/').at(-1)
  const { status, body } = await stage.request('POST', `/hosted/v1/checkout/${token}/confirm`, {
    body: {
      email: 'ada@example.com',
      fullName: 'Ada Lovelace',
      address: { country: 'US', line1: '1 Main St', city: 'Springfield', postalCode: '12345', state: 'IL' },
      card: { number: '4242424242424242', expMonth: 12, expYear: 2034, cvc: '123' },
    },
  })
  assert.equal(body.data?.status, 'succeeded', `checkout answered ${status}`)
  return customer
}
