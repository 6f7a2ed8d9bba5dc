import assert from 'node:assert/strict'
import type * as z from 'zod'
import { findCustomersById } from '#customers/customers.store.ts'
import type { Db, Tx } from '#database/transaction.ts'
import { describePortalSubscription } from '#hosted/actions/describe-portal-subscription.ts'
import { describeWithdrawals } from '#hosted/actions/describe-withdrawals.ts'
import { findWaitingChange } from '#hosted/email-changes.store.ts'
import { confirmedActions, type Portal } from '#hosted/portal.contract.ts'
import { actionOfPurpose, confirmationUrl } from '#hosted/portal-confirmations.ts'
import type { PortalSession } from '#hosted/portal-sessions.store.ts'
import { listInvoices } from '#invoicing/invoices.store.ts'
import type { Metering } from '#metering/metering.ts'
import type { Context } from '#organisations/org.ts'
import { findOrganisation } from '#organisations/organisations.store.ts'
import { usableMethods } from '#payments/actions/use-method.ts'
import { listUnconfirmed } from '#payments/attempt-lists.store.ts'
import { monthsLeft, type PaymentMethod } from '#payments/payment-method.ts'
import { findDefaultMethod } from '#payments/payment-methods.store.ts'
import { findOwed } from '#subscriptions/actions/open-recovery.ts'
import { findLiveSubscription, listSubscriptions, type SubscriptionRecord } from '#subscriptions/subscriptions.store.ts'
import { utcDay } from '#time/period.ts'

export type PortalView = z.output<typeof Portal>

const invoicesAtOnce = 12
/** Links to invoices on the page are good as long as a session can be. */
const linkHours = 2

/** Everything a customer sees in their portal, as it is now. `before` is the invoice that an older page begins after; without
 * `isTaxKnown` nothing is shown whose price would have tax. */
export async function describePortal(
  tx: Tx,
  context: Context,
  services: { readonly metering: Metering; readonly machineNow: () => Temporal.Instant },
  session: PortalSession,
  { before, isTaxKnown }: { readonly before: string | undefined; readonly isTaxKnown: boolean },
): Promise<PortalView> {
  const { org } = context
  const customer = (await findCustomersById(tx, org.id, [session.customerId])).get(session.customerId)
  assert(customer, `portal session ${session.id} has its customer`)
  const subscription = await findShownSubscription(tx, context, session.customerId)
  const method = await findDefaultMethod(tx, org.id, customer.id)
  const { fullName, email, taxDocument, poNumber, address } = customer
  const waiting = await findWaitingChange(tx, org.id, customer.id, services.machineNow())
  return {
    object: 'portal',
    livemode: org.livemode,
    organisation: await describeOrganisation(tx, context),
    customer: {
      email,
      newEmail: waiting?.newEmail ?? null,
      fullName,
      taxDocument,
      poNumber,
      address: address && addressOf(address),
    },
    returnUrl: session.returnUrl,
    subscription:
      subscription &&
      (await describePortalSubscription(tx, context, services.metering, {
        subscription,
        customer,
        method,
        isTaxKnown,
      })),
    paymentMethod: method ? methodOf(method, context.today) : null,
    otherMethods: (await usableMethods(tx, context, customer.id)).map((other) => ({
      id: other.id,
      ...methodOf(other, context.today),
    })),
    confirmation: await confirmationOf(tx, context, session),
    owed: subscription ? await owedOf(tx, context, subscription) : null,
    withdrawals: subscription ? await describeWithdrawals(tx, context, subscription.id) : [],
    ...(await invoicesOf(tx, context, session.customerId, before, services.machineNow())),
  }
}

/** Who sells. */
export async function describeOrganisation(db: Db, { org }: Context): Promise<PortalView['organisation']> {
  return { name: (await findOrganisation(db, org.organisationId))?.name ?? '' }
}

/** The live subscription, else the one that ended last. */
export async function findShownSubscription(
  tx: Tx,
  { org }: Context,
  customerId: string,
): Promise<SubscriptionRecord | null> {
  const live = await findLiveSubscription(tx, org.id, customerId)
  if (live) return live
  const [newest] = await listSubscriptions(tx, org.id, { customerId, status: 'canceled', after: undefined }, 1)
  return newest ?? null
}

function addressOf({ line1, line2, city, state, postalCode, country }: Address): Address {
  return { line1, line2, city, state, postalCode, country }
}
type Address = NonNullable<PortalView['customer']['address']>

function methodOf({ brand, last4, expMonth, expYear }: PaymentMethod, today: Temporal.PlainDate) {
  const left = monthsLeft({ expYear, expMonth }, today)
  const state = left < 0 ? 'expired' : left < 2 ? 'expires_soon' : 'good'
  return { brand, last4, expMonth, expYear, state } as const
}

async function confirmationOf(
  tx: Tx,
  context: Context,
  { id, customerId }: PortalSession,
): Promise<PortalView['confirmation']> {
  const [attempt] = await listUnconfirmed(tx, context.org.id, customerId)
  const action = attempt && confirmedActions.find((one) => one === actionOfPurpose[attempt.purpose])
  if (!attempt || !action) return null
  const { amount: total, currency } = attempt
  return { action, total, currency, url: confirmationUrl({ context, id }, attempt.id) }
}

async function owedOf(tx: Tx, context: Context, { id, status }: SubscriptionRecord): Promise<PortalView['owed']> {
  if (status !== 'past_due' && status !== 'canceled') return null
  const owed = await findOwed(tx, context, id)
  if (!owed || (status === 'canceled' && owed.type !== 'reactivation')) return null
  const payUrl = context.links.recovery(context.org.id, id)
  return { invoiceNumber: owed.number, total: owed.total, currency: owed.currency, payUrl }
}

// A checkout's invoice is not theirs before it is paid: until then it follows what is typed.
async function invoicesOf(
  tx: Tx,
  { org, links }: Context,
  customerId: string,
  before: string | undefined,
  machineNow: Temporal.Instant,
): Promise<Pick<PortalView, 'invoices' | 'olderThan'>> {
  const found = await listInvoices(tx, org.id, { customerId }, invoicesAtOnce + 1, before)
  const page = found.slice(0, invoicesAtOnce)
  const expiresAt = machineNow.add({ hours: linkHours })
  return {
    invoices: page
      .filter(({ status, finalisedAt }) => finalisedAt !== null && status !== 'draft')
      .map(({ id, number, issuedAt, total, currency, status }) => ({
        id,
        number,
        issuedOn: utcDay(issuedAt),
        total,
        currency,
        status,
        url: links.invoice(org.id, id, expiresAt),
      })),
    olderThan: found.length > invoicesAtOnce ? (page.at(-1)?.id ?? null) : null,
  }
}
