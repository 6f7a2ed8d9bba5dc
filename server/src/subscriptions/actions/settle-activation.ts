import assert from 'node:assert/strict'
import { changeAccess } from '#billing/actions/change-access.ts'
import { tellReceived } from '#billing/actions/settle-payment.ts'
import { findAddonsById } from '#catalogue/addons.store.ts'
import { publicCustomerId } from '#customers/customer.ts'
import { findCustomersById } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import { payInvoice } from '#invoicing/actions/pay-invoice.ts'
import { voidInvoice } from '#invoicing/actions/void-invoice.ts'
import { findInvoice } from '#invoicing/invoices.store.ts'
import { tellState } from '#metering/actions/tell-state.ts'
import { currency } from '#money/currency.ts'
import { minorToRate } from '#money/rate.ts'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import {
  findActivationOfInvoice,
  refuseActivation as markRefused,
  type SubscriptionAddon,
  startActivation,
} from '#subscriptions/addons.store.ts'
import { findSubscription } from '#subscriptions/subscriptions.store.ts'
import { recordEvent } from '#webhooks/outbox.ts'

/** An activation was charged: its invoice is paid and the add-on is there. */
export async function completeActivation(tx: Tx, context: Context, attempt: Attempt): Promise<void> {
  const activation = await activationOf(tx, context, attempt)
  const invoice = await payInvoice(tx, context, invoiceIdOf(attempt))
  await tellReceived(tx, context, invoice, attempt)
  await startAddon(tx, context, activation)
}

/** An activation was declined: its invoice is void, nothing else changed. */
export async function refuseActivation(tx: Tx, context: Context, attempt: Attempt): Promise<void> {
  const { org } = context
  const activation = await activationOf(tx, context, attempt)
  const invoice = await findInvoice(tx, org.id, invoiceIdOf(attempt))
  assert(invoice, `${attempt.id} is for an invoice`)
  await markRefused(tx, org.id, activation)
  const customer = (await findCustomersById(tx, org.id, [invoice.customerId])).get(invoice.customerId)
  await voidInvoice(tx, context, invoice, customer ? publicCustomerId(customer) : invoice.customerId)
}

/** A pending add-on is there from now on, once. The caller holds the subscription's lock. */
export async function startAddon(tx: Tx, context: Context, pending: SubscriptionAddon): Promise<void> {
  const { org, now } = context
  const subscription = await findSubscription(tx, org.id, pending.subscriptionId)
  assert(subscription, `subscription ${pending.subscriptionId} exists`)
  const started = await startActivation(tx, org.id, pending, { window: subscription.windowNumber, now })
  if (!started) return
  await changeAccess(tx, org.id, subscription.id, { updatedAt: now })
  const customer = (await findCustomersById(tx, org.id, [subscription.customerId])).get(subscription.customerId)
  const addon = (await findAddonsById(tx, org.id, [started.addonId])).get(started.addonId)
  assert(customer && addon, `subscription ${subscription.id} has its customer and add-on`)
  await tellState(tx, context, customer.id, 'addon_activated')
  await recordEvent(tx, context, 'addon.activated', customer.id, {
    subscriptionId: subscription.id,
    customerId: publicCustomerId(customer),
    addon: { id: addon.id, name: addon.name },
    featureCode: addon.featureCode,
    proratedPrice: Number(minorToRate(started.charge, currency(subscription.currency))),
    currency: subscription.currency,
  })
}

async function activationOf(tx: Tx, { org }: Context, attempt: Attempt): Promise<SubscriptionAddon> {
  const activation = await findActivationOfInvoice(tx, org.id, invoiceIdOf(attempt))
  assert(activation, `${attempt.id} is for an activation`)
  return activation
}

function invoiceIdOf({ id, invoiceId }: Attempt): string {
  assert(invoiceId, `${id} pays an invoice`)
  return invoiceId
}
