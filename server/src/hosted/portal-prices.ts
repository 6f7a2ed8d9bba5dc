import assert from 'node:assert/strict'
import { findCustomersById } from '#customers/customers.store.ts'
import { inTransaction } from '#database/transaction.ts'
import { describePortalPlans } from '#hosted/actions/describe-portal-plans.ts'
import { describeOpened, type OpenedPortal, type PortalServices } from '#hosted/portal-access.ts'
import type { PortalActionName } from '#hosted/portal-actions.contract.ts'
import { amountOf, shownSubscription, type TypedMoney } from '#hosted/portal-payments.ts'
import { currency, minimumCharge } from '#money/currency.ts'
import { taxOnPayment } from '#payments/actions/tax-on-payment.ts'
import { Problem } from '#problem.ts'
import { billingIntervals } from '#time/interval.ts'

/** Minor units, with tax. */
export type Price = { readonly total: bigint; readonly currency: string }

/** What is bought costs more than was shown: it is shown again first, nobody pays what they have not seen. */
export class PriceRisen extends Problem {
  /** What it costs now, where the page can say so. */
  readonly price: Price | null
  constructor(price: Price | null = null) {
    super(
      'invalid_subscription_status',
      'The price has risen since it was shown. Nothing was charged. Look at it again.',
    )
    this.price = price
  }
}

/** Tax is charged on top of an amount that was typed: the sum is shown first. */
export class PriceNotShown extends Problem {
  readonly price: Price
  constructor(price: Price) {
    super('invalid_subscription_status', 'Tax comes on top of this amount. Nothing was charged. Look at the sum first.')
    this.price = price
  }
}

type Wanted = {
  readonly action: PortalActionName
  /** The body of the action, as it was parsed. */
  readonly input: unknown
  readonly shown: Price | null
}

/** Refuses to charge more than was `shown`; null where nothing was. Throws {@link PriceRisen}. */
export async function refuseRisen(services: PortalServices, portal: OpenedPortal, wanted: Wanted): Promise<void> {
  const { shown } = wanted
  const now = shown && (await priceNow(services, portal, wanted))
  // What is not sold any more is refused by whoever sells it.
  if (!shown || !now) return
  if (now.currency !== shown.currency || now.total > shown.total) throw new PriceRisen(now)
}

/** Refuses a form that would charge more than it says anywhere: a top-up with tax on it. Throws {@link PriceNotShown}. */
export async function refuseUnseen(services: PortalServices, portal: OpenedPortal, wanted: Wanted): Promise<void> {
  const { action, input, shown } = wanted
  if (action !== 'top-up' || shown) return
  const { price, amount } = await topUpPrice(services, portal, input)
  // Too little is refused by whoever sells it.
  const isEnough = amount >= minimumCharge(currency(price.currency))
  if (isEnough && price.total > amount) throw new PriceNotShown(price)
}

/** What a form has shown, as `900 usd`. */
export function shownBy(form: URLSearchParams): Price | null {
  const match = /^(\d{1,16}) ([a-z]{3})$/.exec(form.get('shown') ?? '')
  return match ? { total: BigInt(match[1] ?? ''), currency: match[2] ?? '' } : null
}

/** What a request of the JSON API expects to pay. */
export function expectedBy(input: unknown): Price | null {
  const { expected } = input as { readonly expected?: { readonly total: number; readonly currency: string } }
  return expected ? { total: BigInt(expected.total), currency: expected.currency } : null
}

async function priceNow(
  services: PortalServices,
  portal: OpenedPortal,
  { action, input }: Wanted,
): Promise<Price | undefined> {
  const asked = input as Readonly<Record<string, unknown>>
  if (action === 'top-up') return (await topUpPrice(services, portal, input)).price
  if (action === 'change-plan') {
    const billingInterval = billingIntervals.find((one) => one === asked.billingInterval)
    const chosen = { planId: String(asked.planId), billingInterval }
    const { preview } = await describePortalPlans(services.db, portal.context, portal.session, chosen)
    return preview ?? undefined
  }
  const { subscription } = await describeOpened(services, portal)
  if (!subscription) return undefined
  const { packs, addons, restart } = subscription
  const priced = (total: bigint) => ({ total, currency: subscription.currency })
  if (action === 'retry') return restart ? priced(restart.total) : undefined
  const pack = action === 'credit-packs' && packs.find(({ id }) => id === asked.creditPackId)
  if (pack) return priced(pack.total)
  const addon = action === 'activate-addon' && addons.find(({ id }) => id === asked.addonId)
  return addon ? priced(addon.now) : undefined
}

async function topUpPrice(
  services: PortalServices,
  portal: OpenedPortal,
  input: unknown,
): Promise<{ readonly price: Price; readonly amount: bigint }> {
  const { db } = services
  const { context } = portal
  const subscription = await shownSubscription(services, portal)
  const amount = amountOf((input as { readonly amount: TypedMoney }).amount, subscription)
  const customer = (await findCustomersById(db, context.org.id, [subscription.customerId])).get(subscription.customerId)
  assert(customer, `subscription ${subscription.id} has its customer`)
  const { taxAmount } = await inTransaction(db, (tx) => taxOnPayment(tx, context, customer, amount), { readOnly: true })
  return { amount, price: { total: amount + taxAmount, currency: subscription.currency } }
}
