import assert from 'node:assert/strict'
import { updateBillingDetails } from '#customers/actions/update-billing-details.ts'
import type { CustomerRecord } from '#customers/customer.ts'
import { findCustomersById, lockCustomer } from '#customers/customers.store.ts'
import { type Db, inTransaction, type Tx } from '#database/transaction.ts'
import { awaitedBy, quoteCheckout, takeCountry } from '#hosted/actions/quote-checkout.ts'
import { typedEmail } from '#hosted/actions/typed-email.ts'
import { type CheckoutRecord, findCheckout } from '#hosted/checkouts.store.ts'
import type { ConfirmInput, Confirming } from '#hosted/hosted.contract.ts'
import { findInvoice, type InvoiceRecord } from '#invoicing/invoices.store.ts'
import type { Context } from '#organisations/org.ts'
import { beginAttempt } from '#payments/actions/begin-attempt.ts'
import { performAttempt } from '#payments/actions/perform-attempt.ts'
import { routeCheckout } from '#payments/actions/route-payment.ts'
import { supersedeAction } from '#payments/actions/supersede-action.ts'
import type { Attempt, Purpose } from '#payments/attempt.ts'
import { findCheckoutAttempt, findInvoiceAttempt } from '#payments/attempts.store.ts'
import type { PaymentRoute } from '#payments/connection.ts'
import { findMethodAt } from '#payments/payment-methods.store.ts'
import { type Payer, type PaymentProvider, ProviderUnreachable } from '#payments/provider.ts'
import { availableProvider, type PaymentServices } from '#payments/services.ts'
import { invalidField, Problem } from '#problem.ts'
import { refuseSeatsOfOffer } from '#subscriptions/actions/held-seats.ts'
import { priceCheckout, priceWithoutCode, takePrice } from '#subscriptions/actions/price-checkout.ts'
import { holdPromoCode } from '#subscriptions/actions/redeem-promo-code.ts'
import { findSubscription, lockSubscription, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import type { TaxDecision } from '#tax/treatment.ts'

/** How a confirmation ended; a decline is a Problem `payment_failed` (402) and may be tried again. */
export type Confirmation =
  | { readonly status: 'succeeded' }
  | { readonly status: 'requires_action'; readonly attempt: Attempt }

/**
 * Pays a checkout, or stores its card. Staged: the card becomes a token, the attempt is committed, the provider is asked, the
 * outcome is committed. Confirming a finished checkout again succeeds and charges nothing.
 */
export async function confirmCheckout(
  services: PaymentServices,
  context: Context,
  checkoutId: string,
  input: Confirming,
): Promise<Confirmation> {
  const { db } = services
  const checkout = await openCheckout(db, context, checkoutId)
  if (checkout.status === 'complete') return { status: 'succeeded' }
  const { country, state, postalCode } = input.address
  const { promoCode, taxDocument } = input
  const shown = await changeOffered(db, context, checkout)
  const quoted = await quoteCheckout(db, context, checkout.id, { promoCode, country, state, postalCode, taxDocument })
  if (isSale(checkout)) refuseUnplaced(quoted?.tax ?? null)
  refuseDearer(shown, await changeOffered(db, context, checkout))
  const subscription = await findSubscription(db, context.org.id, checkout.subscriptionId)
  assert(subscription, `checkout ${checkoutId} has a subscription`)
  await refuseManySeats(db, context, checkout, subscription)
  const route = await routeCheckout(db, context.org, subscription, input.address.country)
  const token = await takeCard(services, context, route, await payerOf(db, context, subscription, route, input), input)
  if ((await finishEarlier(services, context, checkout)) === 'succeeded') return { status: 'succeeded' }
  const attempt = await inTransaction(db, (tx) => record(tx, context, checkout.id, input, route, token))
  if (!attempt) return { status: 'succeeded' }
  if (attempt === 'code_used_up') throw invalidField('promoCode', 'max_redemptions_reached')
  return outcomeOf(await performAttempt(services, context, attempt))
}

// The invoice of a change of plan, as it is priced now.
async function changeOffered(
  db: Db,
  { org }: Context,
  { kind, invoiceId }: CheckoutRecord,
): Promise<InvoiceRecord | undefined> {
  return kind === 'plan_change' && invoiceId !== null ? findInvoice(db, org.id, invoiceId) : undefined
}

// Seats may have been added since the change was offered: who could not have them on the new plan pays nothing for it.
async function refuseManySeats(
  db: Db,
  context: Context,
  { kind, invoiceId }: CheckoutRecord,
  subscription: SubscriptionRecord,
): Promise<void> {
  if (kind !== 'plan_change' || invoiceId === null) return
  try {
    await refuseSeatsOfOffer(db, context, subscription, invoiceId)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    throw new Problem(error.code, `${error.message} Nothing was charged.`, { details: error.details })
  }
}

// What is held may have grown since the price was shown: nobody pays more than they have seen.
function refuseDearer(shown: InvoiceRecord | undefined, now: InvoiceRecord | undefined): void {
  if (!shown || !now || now.currency !== shown.currency || now.subtotal <= shown.subtotal) return
  throw new Problem(
    'invalid_subscription_status',
    'More is held now than when this price was shown, so it has risen. Nothing was charged. Reload the page and look at it again.',
  )
}

// What was sold before has its tax already.
function isSale({ kind }: CheckoutRecord): boolean {
  return kind !== 'recovery' && kind !== 'method_update'
}

/**
 * Refuses an address that was typed in full and that the tax service of the payment provider cannot find: nobody knows what is owed
 * there. 422 on the postal code.
 */
export function refuseUnplaced(tax: TaxDecision | null): void {
  if (tax?.treatment !== 'place_unknown') return
  throw invalidField('address.postalCode', 'This postal code is not in the state or country you gave. Check both.')
}

/** What an attempt came to, for the customer. */
export function outcomeOf(attempt: Attempt): Confirmation {
  if (attempt.state === 'succeeded') return { status: 'succeeded' }
  if (attempt.state === 'requires_action') return { status: 'requires_action', attempt }
  if (attempt.state === 'started') {
    throw new Problem(
      'charge_in_progress',
      'The bank has not answered yet. Your card is charged at most once: reload this page in a minute to see how it went.',
    )
  }
  const message = attempt.failureMessage ?? 'The card was declined.'
  throw new Problem('payment_failed', `${message} Nothing was charged.`, {
    details: { declineCode: attempt.failureCode ?? 'card_declined' },
  })
}

async function openCheckout(db: Db, { org }: Context, id: string): Promise<CheckoutRecord> {
  const checkout = await findCheckout(db, org.id, id)
  if (!checkout) throw new Problem('not_found', 'This checkout does not exist.')
  if (checkout.status === 'canceled') {
    throw new Problem(
      'invalid_subscription_status',
      'This checkout was canceled. Ask the seller for a new link; nothing was charged.',
    )
  }
  return checkout
}

async function payerOf(
  db: Db,
  { org }: Context,
  { customerId }: SubscriptionRecord,
  { connectionId }: PaymentRoute,
  { email, fullName, address, taxDocument, identityNumber }: Confirming,
): Promise<Payer> {
  const customer = (await findCustomersById(db, org.id, [customerId])).get(customerId)
  assert(customer, `${customerId} exists`)
  const known = connectionId === null ? undefined : await findMethodAt(db, org.id, customerId, connectionId)
  return {
    customerId,
    email: email ?? customer.email,
    name: fullName,
    country: address.country,
    taxDocument: identityNumber ?? (taxDocument === undefined ? customer.taxDocument : taxDocument),
    knownToken: known?.providerToken ?? null,
  }
}

/**
 * Makes the token to charge: of the typed card at the built-in processor, of what the provider's own fields gave elsewhere.
 * A card number never goes to a provider from here.
 */
export async function takeCard(
  services: PaymentServices,
  context: Context,
  route: PaymentRoute,
  payer: Payer,
  { card, paymentToken }: Pick<ConfirmInput, 'card' | 'paymentToken'>,
): Promise<string> {
  const provider = await takesCards(services, context, route)
  const { prepare } = provider
  if (prepare) {
    if (card) throw invalidField('card', 'Card numbers are not taken here. Use the fields of the payment provider.')
    const prepared = await reachable(() => prepare(paymentToken ?? undefined, payer))
    if (!prepared.ok) throw invalidField(prepared.field, prepared.message)
    return prepared.token
  }
  if (!card && paymentToken)
    throw new Problem(
      'provider_unsupported',
      'Cards are taken in another way since this page was opened. Reload it and go on there. Nothing was charged.',
    )
  if (!card) throw invalidField('card', 'Enter a card.')
  const vaulted = await reachable(() => provider.vault(card, context.now))
  if (!vaulted.ok) throw invalidField(`card.${vaulted.field}`, vaulted.message)
  return vaulted.token
}

async function takesCards(services: PaymentServices, { org }: Context, route: PaymentRoute): Promise<PaymentProvider> {
  try {
    return await availableProvider(services, org, route)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const message = 'The seller cannot take cards here yet: no payment provider is connected. Nothing was charged.'
    throw new Problem('provider_unsupported', message)
  }
}

// No card has become a token yet, so nothing can have been charged.
async function reachable<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof ProviderUnreachable)) throw error
    throw new Problem(
      'payment_failed',
      'The card could not be processed. Try again in a moment. Nothing was charged.',
      {
        details: { declineCode: 'processing_error' },
      },
    )
  }
}

// An authentication that was left half-way makes room for the new card, unless it was finished meanwhile.
async function finishEarlier(
  services: PaymentServices,
  context: Context,
  checkout: CheckoutRecord,
): Promise<'succeeded' | 'clear'> {
  const earlier = await findEarlier(services.db, context.org.id, checkout)
  if (!earlier || earlier.state === 'failed') return 'clear'
  const ended = await supersedeAction(services, context, earlier)
  return ended.state === 'succeeded' ? 'succeeded' : 'clear'
}

// What is owed may be waiting for the bank of the stored card as well, from the customer's portal.
async function findEarlier(db: Db, orgId: string, { id, invoiceId }: CheckoutRecord): Promise<Attempt | undefined> {
  const own = await findCheckoutAttempt(db, orgId, id)
  if (invoiceId === null || (own && own.state !== 'failed')) return own
  return findInvoiceAttempt(db, orgId, invoiceId)
}

// Null when the checkout was completed meanwhile. When others took the code's last place, the full price is committed and the
// customer asked again: nobody pays more than was shown.
async function record(
  tx: Tx,
  context: Context,
  checkoutId: string,
  input: Confirming,
  { provider, connectionId }: PaymentRoute,
  token: string,
): Promise<Attempt | 'code_used_up' | null> {
  const { checkout, subscription: found, customer } = await lockAll(tx, context, checkoutId, input)
  if (checkout.status === 'complete') return null
  await refuseManySeats(tx, context, checkout, found)
  const before = await awaitedBy(tx, context, checkout, found)
  const there = await takeCountry(tx, context, checkout, before, input.address.country)
  // What was typed about the customer is kept already.
  const priced = await priceCheckout(tx, context, there, { promoCode: input.promoCode, taxpayer: null })
  const awaited = await takePrice(tx, context, priced)
  const { subscription, invoice } = awaited
  if (!(await holdPromoCode(tx, context, subscription))) {
    await takePrice(tx, context, await priceWithoutCode(tx, context, awaited))
    return 'code_used_up'
  }
  const isCharge = invoice !== null && invoice.total > 0n
  return beginAttempt(tx, context, {
    kind: isCharge ? 'charge' : 'setup',
    purpose: purposeOf(checkout, isCharge),
    customerId: customer.id,
    subscriptionId: subscription.id,
    invoiceId: invoice?.id ?? null,
    checkoutId: checkout.id,
    paymentMethodId: null,
    provider,
    connectionId,
    token,
    offSession: false,
    amount: isCharge ? invoice.total : 0n,
    subtotal: isCharge ? invoice.total - invoice.taxAmount : 0n,
    taxAmount: isCharge ? invoice.taxAmount : 0n,
    currency: invoice?.currency ?? subscription.currency,
    customerEmail: customer.email,
    customerName: customer.fullName,
  })
}

function purposeOf(checkout: CheckoutRecord, isCharge: boolean): Purpose {
  if (checkout.kind === 'trial') return 'trial_setup'
  if (checkout.kind === 'recovery' || checkout.kind === 'method_update') return checkout.kind
  if (checkout.kind === 'plan_change') return 'plan_change_checkout'
  return isCharge ? 'first_invoice' : 'free_first_period'
}

// Customer, subscription, checkout: the one order of locks. What the customer typed is kept with the attempt.
async function lockAll(
  tx: Tx,
  context: Context,
  checkoutId: string,
  input: Confirming,
): Promise<{ checkout: CheckoutRecord; subscription: SubscriptionRecord; customer: CustomerRecord }> {
  const { org } = context
  const known = await openCheckout(tx, context, checkoutId)
  const owner = await findSubscription(tx, org.id, known.subscriptionId)
  assert(owner, `checkout ${checkoutId} has a subscription`)
  await lockCustomer(tx, org.id, owner.customerId)
  const subscription = await lockSubscription(tx, org.id, owner.id)
  assert(subscription, `subscription ${owner.id} exists`)
  const checkout = await openCheckout(tx, context, checkoutId)
  const { email, fullName, address, taxDocument } = input
  const customer = await updateBillingDetails(tx, context, owner.customerId, {
    email: await typedEmail(tx, org.id, owner.customerId, email),
    fullName,
    address: { ...address, region: null },
    taxDocument,
  })
  return { checkout, subscription, customer }
}
