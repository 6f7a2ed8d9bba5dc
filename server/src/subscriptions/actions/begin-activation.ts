import assert from 'node:assert/strict'
import { pricedAddon } from '#billing/actions/addon-bases.ts'
import { chargeOf } from '#billing/actions/collect.ts'
import { isDue } from '#billing/actions/run-due.ts'
import { Catalogue } from '#billing/catalogue.ts'
import { addonShare } from '#billing/charges/addon.ts'
import { missingRegionalPrice } from '#catalogue/actions/convert-amount.ts'
import { requireAddon } from '#catalogue/actions/save-addon.ts'
import { fitsPlan } from '#catalogue/addon.ts'
import { holdAddon, type NamedAddon } from '#catalogue/addons.store.ts'
import { loadPlanTerms, revisionInForce } from '#catalogue/feature-terms.store.ts'
import { findPlansById } from '#catalogue/plans.store.ts'
import { regionOf } from '#catalogue/region.ts'
import { type CustomerRecord, publicCustomerId } from '#customers/customer.ts'
import type { Tx } from '#database/transaction.ts'
import { issueInvoice } from '#invoicing/actions/issue-invoice.ts'
import { payInvoice } from '#invoicing/actions/pay-invoice.ts'
import { carryLines } from '#invoicing/carried-lines.store.ts'
import type { DraftLine } from '#invoicing/invoice-draft.ts'
import type { InvoiceRecord } from '#invoicing/invoices.store.ts'
import { refuseWhileChanging } from '#metering/actions/refuse-while-changing.ts'
import { currency, minimumCharge } from '#money/currency.ts'
import type { Context } from '#organisations/org.ts'
import { beginAttempt } from '#payments/actions/begin-attempt.ts'
import { refuseWhileRefunding } from '#payments/actions/refuse-while-refunding.ts'
import { findStartedCollections } from '#payments/attempt-lists.store.ts'
import { findInvoiceAttempt } from '#payments/attempts.store.ts'
import { findDefaultMethod } from '#payments/payment-methods.store.ts'
import { invalidField, Problem } from '#problem.ts'
import type { Purchase } from '#subscriptions/actions/begin-purchase.ts'
import { lockWithCustomer } from '#subscriptions/actions/cancel-subscription.ts'
import { startAddon } from '#subscriptions/actions/settle-activation.ts'
import {
  type ActivationRequest,
  findActivationBegunBy,
  findLiveActivation,
  insertActivation,
  type SubscriptionAddon,
} from '#subscriptions/addons.store.ts'
import type { SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { findOpenWindow, type WindowRecord, windowPlanOf } from '#subscriptions/windows.store.ts'

/** An activation under way: what it costs now, and the attempt to perform after the commit. */
export type Activation = Purchase & { readonly addonId: string }

type Input = {
  readonly id: string
  /** Public id or slug. */
  readonly addon: string
  /** Machine time. */
  readonly requestedAt: Temporal.Instant
}

/**
 * Begins to activate an add-on (catalogue.md, Add-ons), or goes on with what the same request began before. What was due has
 * been run: the period is that of now. 404 subscription_not_found and addon_not_found, 409 subscription_not_active unless
 * trialing or active, addon_already_active, duplicate where the plan has the feature, no_payment_method, charge_in_progress;
 * 422 beside a plan of another model, 400 missing_regional_price.
 */
export async function beginActivation(tx: Tx, context: Context, input: Input): Promise<Activation> {
  const { org } = context
  const { subscription, customer } = await lockWithCustomer(tx, context, input.id)
  const request = { key: context.idempotency, at: input.requestedAt }
  const begun = await findActivationBegunBy(tx, org.id, request)
  if (begun) return goOn(tx, org.id, begun)
  const addon = await requireAddon(tx, org.id, input.addon)
  refuseStanding(subscription, context)
  await refuseWhileChanging(tx, org, subscription.id)
  await refuseWhileCharged(tx, org.id, subscription)
  await refuseTwice(tx, org.id, subscription, addon)
  const open = await findOpenWindow(tx, org.id, subscription.id)
  assert(open, `subscription ${subscription.id} gives access in a window`)
  const region = regionOf(subscription)
  await refuseBeside(tx, org.id, open, addon)
  // Whoever deletes it meanwhile has come first, or finds this activation.
  if (!(await holdAddon(tx, org.id, addon.id))) {
    throw new Problem('addon_not_found', `The add-on ${addon.slug} was deleted.`)
  }
  const { planId } = open
  const said = await new Catalogue(org.id).saidRate(tx, planId, region)
  if (!said) throw missingRegionalPrice(`The add-on ${addon.name}`, subscription.currency)
  const priced = pricedAddon(addon, { planId, region, said })
  const share = addonShare(priced, windowPlanOf(open), context.today)
  return charge(tx, context, { subscription, customer, addon, share, request })
}

// A process that died has committed this much. Whoever repeats the request must not be charged twice.
async function goOn(tx: Tx, orgId: string, { addonId, charge, invoiceId }: SubscriptionAddon): Promise<Activation> {
  const attempt = invoiceId === null ? undefined : await findInvoiceAttempt(tx, orgId, invoiceId)
  return { addonId, amount: charge, attempt: attempt ?? null }
}

function refuseStanding(subscription: SubscriptionRecord, { now }: Context): void {
  const { id, status } = subscription
  if (status !== 'active' && status !== 'trialing') {
    throw new Problem('subscription_not_active', `The subscription ${id} is ${status}.`)
  }
  if (isDue(subscription, now)) throw beingCharged(`A renewal of the subscription ${id} is being charged`)
}

// A change of plan that is being paid decides which period there is, and whether the add-on has a place in it.
async function refuseWhileCharged(tx: Tx, orgId: string, { id }: SubscriptionRecord): Promise<void> {
  const charges = await findStartedCollections(tx, orgId, [id])
  if (charges.some(({ purpose }) => purpose !== 'addon_activation')) {
    throw beingCharged(`Another invoice of the subscription ${id} is being charged`)
  }
  await refuseWhileRefunding(tx, orgId, id)
}

async function refuseTwice(tx: Tx, orgId: string, { id }: SubscriptionRecord, addon: NamedAddon): Promise<void> {
  const live = await findLiveActivation(tx, orgId, id, addon.id)
  if (live?.state === 'active') {
    throw new Problem('addon_already_active', `The subscription ${id} has the add-on ${addon.slug} already.`)
  }
  if (live) throw beingCharged(`The add-on ${addon.slug} is being charged`)
}

async function refuseBeside(tx: Tx, orgId: string, open: WindowRecord, addon: NamedAddon): Promise<void> {
  const plan = (await findPlansById(tx, orgId, [open.planId])).get(open.planId)
  assert(plan, `plan ${open.planId} exists`)
  if (!fitsPlan(addon.consumptionModel, plan.consumptionModel)) {
    throw invalidField(
      'addonId',
      `${addon.slug} is a ${addon.consumptionModel} add-on and ${plan.code} is a ${plan.consumptionModel} plan. They have to be of one model.`,
    )
  }
  const terms = await loadPlanTerms(tx, orgId, open.planId, { sinceRevision: open.termsRevision, region: null })
  if (terms.some(({ featureId, enabled }) => enabled && featureId === addon.featureId)) {
    throw new Problem('duplicate', `The plan ${plan.code} contains the feature ${addon.featureCode} already.`, {
      param: 'addonId',
    })
  }
}

function beingCharged(what: string): Problem {
  return new Problem('charge_in_progress', `${what} at this moment. Try again in a minute.`)
}

type Sale = {
  readonly subscription: SubscriptionRecord
  readonly customer: CustomerRecord
  readonly addon: NamedAddon
  /** The rest of the running period. */
  readonly share: DraftLine
  readonly request: ActivationRequest
}

async function charge(tx: Tx, context: Context, sale: Sale): Promise<Activation> {
  const { org, now } = context
  const { subscription, customer, addon, share } = sale
  // In a trial the base is paid from the first paid invoice on.
  if (subscription.status === 'trialing') return startNow(tx, context, sale, 0n, null)
  const isTooLittle = share.amount > 0n && share.amount < minimumCharge(currency(subscription.currency))
  if (isTooLittle) {
    await carryLines(tx, org.id, subscription.id, [share], now)
    return startNow(tx, context, sale, share.amount, null)
  }
  const method = await findDefaultMethod(tx, org.id, customer.id)
  if (!method && share.amount > 0n) {
    throw new Problem('no_payment_method', 'The customer has no stored payment method to charge.')
  }
  const invoice = await issue(tx, context, sale)
  if (!method || invoice.total === 0n) {
    await payInvoice(tx, context, invoice.id)
    return startNow(tx, context, sale, share.amount, invoice.id)
  }
  await insert(tx, context, sale, share.amount, invoice.id)
  const attempt = await beginAttempt(tx, context, chargeOf({ invoice, customer, purpose: 'addon_activation' }, method))
  return { addonId: addon.id, amount: share.amount, attempt }
}

async function startNow(
  tx: Tx,
  context: Context,
  sale: Sale,
  amount: bigint,
  invoiceId: string | null,
): Promise<Activation> {
  const pending = await insert(tx, context, sale, amount, invoiceId)
  await startAddon(tx, context, pending)
  return { addonId: sale.addon.id, amount, attempt: null }
}

async function insert(
  tx: Tx,
  { org, now }: Context,
  { subscription, addon, request }: Sale,
  amount: bigint,
  invoiceId: string | null,
): Promise<SubscriptionAddon> {
  const activation = {
    subscriptionId: subscription.id,
    addonId: addon.id,
    charge: amount,
    invoiceId,
    termsRevision: await revisionInForce(tx, org.id, now),
    sinceWindow: subscription.windowNumber,
    request,
  }
  return insertActivation(tx, org.id, activation, now)
}

function issue(tx: Tx, context: Context, { subscription, customer, share }: Sale): Promise<InvoiceRecord> {
  const { today } = context
  return issueInvoice(tx, context, {
    type: 'addon_activation',
    cause: null,
    customer: { id: customer.id, publicId: publicCustomerId(customer) },
    subscriptionId: subscription.id,
    windowNumber: subscription.windowNumber,
    currency: subscription.currency,
    planName: subscription.name,
    periodStart: today,
    periodEnd: today,
    lines: [share],
    finalFor: customer,
  })
}
