import { updateCustomer } from '#customers/actions/update-customer.ts'
import { customerNotFound } from '#customers/customer.ts'
import { lockCustomer } from '#customers/customers.store.ts'
import type { Tx } from '#database/transaction.ts'
import {
  countEmailChanges,
  type EmailChange,
  findEmailChange,
  insertEmailChange,
  markConfirmed,
} from '#hosted/email-changes.store.ts'
import { queueAskedMail } from '#mail/outbox.ts'
import type { Context } from '#organisations/org.ts'
import { invalidField } from '#problem.ts'

/** How long the link in the mail is good, and how often a customer may ask for one in that time. Real time. */
export const linkHours = 24
export const mostAsked = 5

/**
 * Mails a link to an address that a customer wants to be written to; nothing changes before it is confirmed there. Another wish of
 * theirs that waits is dropped. False, and nothing is done, after five wishes in a day. 422 for the address they have.
 */
export async function requestEmailChange(
  tx: Tx,
  context: Context,
  wish: { readonly customerId: string; readonly email: string; readonly machineNow: Temporal.Instant },
): Promise<boolean> {
  const { org, links } = context
  const { customerId, email, machineNow } = wish
  const customer = await lockCustomer(tx, org.id, customerId)
  if (!customer) throw customerNotFound(customerId)
  if (email.toLowerCase() === customer.email.toLowerCase()) {
    throw invalidField('email', 'This is your email address already.')
  }
  const since = machineNow.subtract({ hours: linkHours })
  if ((await countEmailChanges(tx, org.id, customer.id, since)) >= mostAsked) {
    return false
  }
  const change = await insertEmailChange(tx, org.id, {
    customerId: customer.id,
    oldEmail: customer.email,
    newEmail: email,
    requestedAt: machineNow,
    expiresAt: machineNow.add({ hours: linkHours }),
  })
  const confirmUrl = links.emailChange(org.id, change.id)
  await queueAskedMail(tx, context, customer.id, 'email_change', { newEmail: email, confirmUrl })
  return true
}

/** How a wish stands for whoever opens its link. */
export type EmailChangeStanding = 'waiting' | 'confirmed' | 'ended'

/** Whether a link can be confirmed: not after a day, a newer wish, or a change of the address by somebody else. */
export function standingOf(
  change: EmailChange | undefined,
  currentEmail: string | undefined,
  machineNow: Temporal.Instant,
): EmailChangeStanding {
  if (change?.state === 'confirmed') return 'confirmed'
  const isOpen = change?.state === 'waiting' && Temporal.Instant.compare(machineNow, change.expiresAt) < 0
  return isOpen && change.oldEmail === currentEmail ? 'waiting' : 'ended'
}

/** Makes the wished address the customer's, tells of it and writes to the old one. A second time changes nothing more. */
export async function confirmEmailChange(
  tx: Tx,
  context: Context,
  id: string,
  machineNow: Temporal.Instant,
): Promise<EmailChangeStanding> {
  const { org } = context
  const found = await findEmailChange(tx, org.id, id)
  const customer = found && (await lockCustomer(tx, org.id, found.customerId))
  // Read again: whoever came first held the customer.
  const change = await findEmailChange(tx, org.id, id)
  const standing = standingOf(change, customer?.email, machineNow)
  if (standing !== 'waiting' || !change || !customer) return standing
  const { oldEmail, newEmail } = change
  await markConfirmed(tx, org.id, id)
  await updateCustomer(tx, context, { reference: customer.id, changes: { email: newEmail } })
  await queueAskedMail(tx, context, customer.id, 'email_changed', { oldEmail, newEmail })
  return 'confirmed'
}
