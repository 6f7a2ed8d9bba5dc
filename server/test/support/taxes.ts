import assert from 'node:assert/strict'
import { inTransaction } from '#database/transaction.ts'
import { findOrg } from '#organisations/sides.store.ts'
import { chooseDefault } from '#payments/actions/change-connections.ts'
import { machineNow } from '#time/clock.ts'
import type { Story } from './billing-stories.ts'
import { hosted } from './checkouts.ts'
import { connectStripe } from './connections.ts'
import type { StripeDouble } from './stripe-double.ts'
import type { World } from './world.ts'

/** The address of a seller in a country. */
export const seats: Readonly<Record<string, Record<string, string>>> = {
  DE: { line1: 'Torstraße 1', city: 'Berlin', postalCode: '10119', country: 'DE' },
  US: { line1: '1 Main Street', city: 'Austin', postalCode: '78701', country: 'US' },
}

/** Says where the sandbox's seller is and where it charges tax. */
export async function registerTax(world: World, seat: string, registrations: readonly string[]): Promise<void> {
  const { status } = await world.request('PUT', '/api/v1/settings', {
    body: { address: seats[seat], tax: { registrations } },
  })
  assert.equal(status, 200)
}

const somewhere = { line1: '1 High Street', city: 'Town', postalCode: '10000' }

/** A new customer at a place: 'DE', 'CA-QC'. */
export async function customerAt(
  world: World,
  id: string,
  place: string,
  details: { taxDocument?: string; taxExemption?: string } = {},
): Promise<void> {
  const [country, state] = place.split('-')
  const address = { ...somewhere, country, ...(state === undefined ? {} : { state }) }
  const body = { id, email: `${id}@example.com`, address, ...details }
  const { status } = await world.request('POST', '/api/v1/customers', { body })
  assert.equal(status, 201)
}

/** Subscribes a customer at a place and pays as somebody who lives there. */
export async function joinFrom(
  story: Story,
  customer: string,
  place: string,
  plan: string,
  details: { taxDocument?: string; taxExemption?: string } = {},
): Promise<void> {
  const [country = '', state] = place.split('-')
  await customerAt(story.world, customer, place, details)
  const { checkoutUrl } = await story.subscribe(customer, plan)
  const token = new URL(checkoutUrl ?? '').pathname.split('/').at(-1) ?? ''
  const card = { number: '4242424242424242', expMonth: 12, expYear: 2060, cvc: '123' }
  const address = { ...somewhere, line2: '', country, state }
  const body = { email: `${customer}@example.com`, fullName: customer, address, card }
  const { status, body: answer } = await hosted(story.world, 'POST', `${token}/confirm`, body)
  assert.equal(status, 200, JSON.stringify(answer))
}

/** Taxes of an invoice as the API shows it: 'VAT 19% on 2900 = 551'. */
export async function taxesShown(world: World, customerId: string): Promise<string[]> {
  const { body } = await world.request('GET', `/api/v1/invoices?customerId=${customerId}`)
  const [{ taxTreatment, taxes }] = body.data
  const shown = taxes.map((tax: { name: string; percentage: number; taxableAmount: number; amount: number }) => {
    return `${tax.name} ${tax.percentage}% on ${tax.taxableAmount} = ${tax.amount}`
  })
  return [taxTreatment, ...shown]
}

/** Connects a Stripe account for its tax service alone: cards are still taken by the built-in processor. */
export async function calculateByStripe(world: World, double: StripeDouble): Promise<string> {
  const id = await connectStripe(world, double)
  const org = await findOrg(world.db, world.orgId)
  assert(org)
  await inTransaction(world.db, (tx) => chooseDefault(tx, { org, now: machineNow() }, null))
  const { status, body } = await world.request('PUT', '/api/v1/settings', { body: { tax: { mode: 'provider' } } })
  assert.deepEqual([status, body.data?.tax], [200, { mode: 'provider', registrations: [], connection: id }])
  return id
}
