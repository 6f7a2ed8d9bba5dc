import { inTransaction } from '#database/transaction.ts'
import type { Org } from '#organisations/org.ts'
import type { Notification } from '#payments/notification.ts'
import { refreshCard } from '#payments/payment-methods.store.ts'
import type { PaymentServices } from '#payments/services.ts'
import { organisationNow } from '#time/clock.ts'
import { utcDay } from '#time/period.ts'

/**
 * Asks for the details of a stored card that the provider says have changed, and keeps them: the bank has given it another date.
 * Nobody is told; its end is announced by the date it has then. An account that was connected again tells all its connections, and is
 * heard at the first: the card is the same at each.
 */
export async function reviewCard(
  services: PaymentServices,
  org: Org,
  { connectionId, provider }: Pick<Notification, 'connectionId' | 'provider'>,
  reference: string,
): Promise<void> {
  const found = await (await services.connections.open(org.id, connectionId))?.findCard?.(reference)
  if (!found) return
  const today = utcDay(organisationNow(org.simulatedTime, services.machineNow()))
  await inTransaction(services.db, (tx) => refreshCard(tx, org.id, { ...found, provider }, today))
}
