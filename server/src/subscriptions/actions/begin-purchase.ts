import { chargeOf } from '#billing/actions/collect.ts'
import { convertAt } from '#catalogue/actions/convert-amount.ts'
import { requirePack } from '#catalogue/actions/save-credit-pack.ts'
import type { CreditPack } from '#catalogue/credit-packs.store.ts'
import { findExchangeRate } from '#catalogue/exchange-rates.store.ts'
import { findPlansById } from '#catalogue/plans.store.ts'
import { regionOf } from '#catalogue/region.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { issueInvoice } from '#invoicing/actions/issue-invoice.ts'
import { payInvoice } from '#invoicing/actions/pay-invoice.ts'
import { line } from '#invoicing/invoice-draft.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import { wouldHoldTooMuch } from '#metering/adjustment.ts'
import type { LedgerModel } from '#metering/ledger.ts'
import { findPurchaseBegunBy, insertPurchase, type PurchaseRequest } from '#metering/ledger-purchases.store.ts'
import { currency, minimumCharge } from '#money/currency.ts'
import type { ExchangeRate } from '#money/exchange.ts'
import { units } from '#money/quantity.ts'
import { minorToRate } from '#money/rate.ts'
import type { Context } from '#organisations/org.ts'
import { beginAttempt } from '#payments/actions/begin-attempt.ts'
import { refuseWhileRefunding } from '#payments/actions/refuse-while-refunding.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findInvoiceAttempt } from '#payments/attempts.store.ts'
import { findDefaultMethod } from '#payments/payment-methods.store.ts'
import { invalidField, Problem } from '#problem.ts'
import { lockFunded } from '#subscriptions/actions/lock-funded.ts'
import { addPurchase } from '#subscriptions/actions/settle-purchase.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'

/** What is bought: `price` in minor units of the subscription's currency, `amount` what the account gets. */
type Wanted = {
  readonly model: LedgerModel
  readonly description: string
  readonly price: bigint
  readonly amount: bigint
  /** With what a dollar was where it was not sold in canonical ones. */
  readonly pack: (CreditPack & { readonly exchangeRate: ExchangeRate | null }) | null
  readonly request: PurchaseRequest
}

/**
 * A purchase that is under way: the attempt to perform after the commit, null when there was nothing to charge. The attempt
 * may have its outcome already, when an earlier delivery of the request made it.
 */
export type Purchase = { readonly amount: bigint; readonly attempt: Attempt | null }

/**
 * Begins to buy a credit pack (catalogue.md, Credit packs), or goes on with what the same request began before. `requestedAt` is
 * machine time. 409 subscription_not_active unless trialing or active, 422 on
 * plans without credits, 404 credit_pack_not_found, 409 no_payment_method, 400 missing_regional_price.
 */
export async function beginCreditPurchase(
  tx: Tx,
  context: Context,
  input: { readonly id: string; readonly creditPackId: string; readonly requestedAt: Temporal.Instant },
): Promise<Purchase> {
  const buyer = await lockFunded(tx, context, input.id)
  const request = { key: context.idempotency, at: input.requestedAt }
  const begun = await findBegun(tx, context, request)
  if (begun) return begun
  const { subscription, customer } = buyer
  const pack = await requirePack(tx, context.org.id, input.creditPackId)
  refuseBuyer(buyer, 'credits', 'creditPackId')
  if (!pack.isActive) throw new Problem('credit_pack_not_found', `The credit pack ${pack.id} is not sold.`)
  const { name, credits } = pack
  const region = regionOf(subscription)
  const rate = region && (await findExchangeRate(tx, context.org.id, subscription.planId, region))
  const price = convertAt(rate ?? undefined, { region, cents: pack.price, what: `The credit pack ${name}` })
  refuseTooMuch(buyer, 'credits', credits, 'creditPackId')
  return begin(tx, context, subscription, customer, {
    model: 'credits',
    description: name,
    price,
    amount: credits,
    pack: { ...pack, exchangeRate: rate ?? null },
    request,
  })
}

/**
 * Begins a top-up of a balance, or goes on with what the same request began before; `amount` in minor units, `requestedAt`
 * machine time. 422 below the currency's minimum charge and on plans without a
 * balance, 409 subscription_not_active and no_payment_method.
 */
export async function beginTopup(
  tx: Tx,
  context: Context,
  input: { readonly id: string; readonly amount: bigint; readonly requestedAt: Temporal.Instant },
): Promise<Purchase> {
  const buyer = await lockFunded(tx, context, input.id)
  const request = { key: context.idempotency, at: input.requestedAt }
  const begun = await findBegun(tx, context, request)
  if (begun) return begun
  const { subscription, customer } = buyer
  refuseBuyer(buyer, 'balance', 'amount')
  const money = currency(subscription.currency)
  if (input.amount < minimumCharge(money)) {
    throw invalidField('amount', `Must be at least ${minimumCharge(money)} minor units of ${subscription.currency}.`)
  }
  const amount = minorToRate(input.amount, money)
  refuseTooMuch(buyer, 'balance', amount, 'amount')
  return begin(tx, context, subscription, customer, {
    model: 'balance',
    description: 'Balance top-up',
    price: input.amount,
    amount,
    pack: null,
    request,
  })
}

// A process that died has committed this much. Whoever repeats the request must not buy it twice.
async function findBegun(tx: Tx, { org }: Context, request: PurchaseRequest): Promise<Purchase | undefined> {
  const purchase = await findPurchaseBegunBy(tx, org.id, request)
  if (!purchase) return undefined
  return { amount: purchase.amount, attempt: (await findInvoiceAttempt(tx, org.id, purchase.invoiceId)) ?? null }
}

function refuseBuyer({ subscription, account }: Buyer, model: LedgerModel, field: string): void {
  if (subscription.status !== 'active' && subscription.status !== 'trialing') {
    throw new Problem('subscription_not_active', `The subscription ${subscription.id} is ${subscription.status}.`)
  }
  if (account?.model !== model) {
    throw invalidField(field, `The plan does not draw on ${model === 'credits' ? 'credits' : 'a balance'}.`)
  }
}

// Nothing could show what the account holds then, and it would be charged all the same.
function refuseTooMuch({ account }: Buyer, model: LedgerModel, bought: bigint, field: string): void {
  if (!account || !wouldHoldTooMuch(model, account, bought)) return
  throw invalidField(field, 'Is too much: with what the customer has it is no whole number that JSON can hold.')
}

type Buyer = Awaited<ReturnType<typeof lockFunded>>

async function begin(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  wanted: Wanted,
): Promise<Purchase> {
  const { org, now } = context
  await refuseWhileRefunding(tx, org.id, subscription.id)
  const method = await findDefaultMethod(tx, org.id, customer.id)
  if (!method && wanted.price > 0n) {
    throw new Problem('no_payment_method', 'The customer has no stored payment method to charge.')
  }
  const invoice = await issue(tx, context, subscription, customer, wanted)
  const { model, amount, pack, request } = wanted
  const purchase = { invoiceId: invoice.id, subscriptionId: subscription.id, kind: model, amount, pack, request }
  await insertPurchase(tx, org.id, purchase, now)
  if (method && invoice.total > 0n) {
    const purpose = model === 'credits' ? 'credit_purchase' : 'balance_topup'
    return { amount, attempt: await beginAttempt(tx, context, chargeOf({ invoice, customer, purpose }, method)) }
  }
  await addPurchase(tx, context, await payInvoice(tx, context, invoice.id), { hasReceipt: false })
  return { amount, attempt: null }
}

async function issue(
  tx: Tx,
  context: Context,
  subscription: SubscriptionRecord,
  customer: CustomerRecord,
  wanted: Wanted,
): Promise<InvoiceRecord> {
  const { org, today } = context
  const plan = (await findPlansById(tx, org.id, [subscription.planId])).get(subscription.planId)
  const sold = line({
    lineType: 'one_time',
    description: wanted.description,
    quantity: units(1),
    unitAmount: wanted.price,
    amount: wanted.price,
    windowNumber: subscription.windowNumber,
    startsOn: today,
    endsOn: today,
  })
  return issueInvoice(tx, context, {
    type: wanted.model === 'credits' ? 'credit_purchase' : 'balance_topup',
    cause: null,
    customer: { id: customer.id, publicId: publicCustomerId(customer) },
    subscriptionId: subscription.id,
    windowNumber: subscription.windowNumber,
    currency: subscription.currency,
    planName: plan?.name ?? subscription.name,
    periodStart: today,
    periodEnd: today,
    lines: [sold],
    finalFor: customer,
  })
}
