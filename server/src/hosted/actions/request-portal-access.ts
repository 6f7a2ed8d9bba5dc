import { type CustomerRecord, customerNotFound } from '#customers/customer.ts'
import { findCustomersByEmail, resolveCustomer } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import { countPortalMail, findPortalSession, insertPortalSession } from '#hosted/portal-sessions.store.ts'
import { queueAskedMail } from '#mail/outbox.ts'
import type { Context } from '#organisations/org.ts'
import { Problem } from '#problem.ts'
import { findLiveSubscription } from '#subscriptions/subscriptions.store.ts'

export type PortalRequest = {
  /** Exactly one of the two is there. */
  readonly email: string | undefined
  readonly customerId: string | undefined
  readonly returnUrl: string | undefined
  readonly machineNow: Temporal.Instant
}

/** Opens a portal session and gives its address. 404 customer_not_found. */
export async function requestPortalAccess(tx: Tx, context: Context, request: PortalRequest): Promise<string> {
  const { org, links } = context
  const { email, customerId, returnUrl = null, machineNow } = request
  const customer =
    customerId === undefined
      ? await findByEmail(tx, context, email ?? '')
      : await resolveCustomer(tx, org.id, customerId)
  if (!customer && customerId !== undefined) throw customerNotFound(customerId)
  if (!customer) {
    throw new Problem('customer_not_found', `There is no customer with the email address ${email}.`, { param: 'email' })
  }
  const session = await insertPortalSession(tx, org.id, { customerId: customer.id, returnUrl }, machineNow)
  return links.portal(org.id, session.id)
}

// Nothing keeps an address from having several customers: the one who has something to look after comes first.
const mostLookedAt = 20

async function findByEmail(tx: Tx, { org }: Context, email: string): Promise<CustomerRecord | undefined> {
  const found = await findCustomersByEmail(tx, org.id, email, mostLookedAt)
  for (const customer of found) if (await findLiveSubscription(tx, org.id, customer.id)) return customer
  return found[0]
}

/**
 * Mails a new link to the customer of a session that has ended, to the address on record: whoever has an old link learns
 * nothing by it. False when it has asked often enough.
 */
export async function mailPortalLink(
  tx: Tx,
  context: Context,
  sessionId: string,
  machineNow: Temporal.Instant,
): Promise<boolean> {
  const { org, links } = context
  const old = await findPortalSession(tx, org.id, sessionId)
  if (!old) throw new Problem('not_found', 'This link is not valid. Ask for a new one.')
  if (!(await countPortalMail(tx, org.id, sessionId))) return false
  const session = await insertPortalSession(tx, org.id, old, machineNow)
  await queueAskedMail(tx, context, old.customerId, 'portal_link', { portalUrl: links.portal(org.id, session.id) })
  return true
}
