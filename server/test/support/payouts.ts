import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { sweepPayouts } from '#payments/actions/sweep-payouts.ts'
import { machineNow } from '#time/clock.ts'
import { cards, confirmation, newCheckout } from './checkouts.ts'
import type { Answer, World } from './world.ts'

const address = { line1: '1 Main Street', city: 'Dover', postalCode: '19901', country: 'US' }
export const bank = { accountNumber: '000123456789', accountHolderName: 'Acme Inc' }

/** What a provider is given before it pays out. */
export const verification = {
  email: 'owner@example.com',
  businessType: 'individual' as const,
  businessUrl: 'https://example.com',
  documentUrl: 'https://example.com/passport.pdf',
  bank,
  individual: { firstName: 'Ada', lastName: 'Lovelace', phone: '+1555', dateOfBirth: '1990-01-31', address },
}

/** A request of the live side. */
export function live(world: World, path: string, body: unknown): Promise<Answer> {
  return world.request('POST', `/api/v1${path}`, { key: world.liveKey, body })
}

/** A payment of this many cents on the live side, through the built-in processor that was connected there. */
export async function sell(world: World, cents: number): Promise<void> {
  const { token } = await newCheckout(world, { live: true, price: cents })
  const body = confirmation(cards.pays)
  const paid = await world.request('POST', `/hosted/v1/checkout/${token}/confirm`, { key: null, body })
  assert.equal(paid.status, 200, JSON.stringify(paid.body))
}

/** Makes some days pass for everything that was sold, and lets it be told of. */
export async function settleSales(world: World, days: number): Promise<void> {
  await sql`update payment_transaction set paid_at = paid_at - make_interval(days => ${days})`.execute(world.db)
  await sql`update payout_account set told_until = told_until - make_interval(days => ${days})`.execute(world.db)
  await sweepPayouts(world.app.services, 100)
}

export async function openPayoutAccount(world: World): Promise<void> {
  const { status, body } = await live(world, '/payouts/verification', verification)
  assert.equal(status, 201, JSON.stringify(body))
}

/** Adds a bank account that everything is paid to from now on. */
export async function directPayoutsTo(world: World, accountNumber: string): Promise<void> {
  const { status, body } = await live(world, '/payouts/bank-accounts', { ...bank, accountNumber, setDefault: true })
  assert.equal(status, 201, JSON.stringify(body))
}

/** Asks for a payout and waits for what its bank does. */
export async function payOut(world: World, amount: number): Promise<void> {
  const { status, body } = await live(world, '/payouts', { amount })
  assert.equal(status, 201, JSON.stringify(body))
  await passTransit(world)
}

/** What is on its way arrives, or not. */
export async function passTransit(world: World): Promise<void> {
  await sql`update simulated_processor.payout set created_at = created_at - interval '2 days'`.execute(world.db)
  await sweepPayouts({ ...world.app.services, machineNow: () => machineNow().add({ hours: 1 }) }, 100)
}
