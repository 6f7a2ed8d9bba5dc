import { inTransaction } from '#database/transaction.ts'
import { Limit } from '#jobs/limit.ts'
import { followNotification } from '#payments/actions/follow-notification.ts'
import type { Notification } from '#payments/notification.ts'
import { takeDueNotifications } from '#payments/provider-events.store.ts'
import type { PaymentServices } from '#payments/services.ts'

/** Notifications acted on side by side, so that a slow provider does not hold up what others told. */
const lanes = 4

export type NotificationReport = {
  readonly looked: number
  readonly followed: number
  /** Those whose look ended in a bug, or waited too long for somebody else; they are looked at again. */
  readonly troubled: readonly (Pick<Notification, 'orgId' | 'id' | 'type'> & { readonly error: unknown })[]
}

/** Acts on notifications that nobody has acted on yet. May run anywhere, at any time, as often as one likes. */
export async function sweepNotifications(services: PaymentServices, limit: number): Promise<NotificationReport> {
  const due = await inTransaction(services.db, (tx) => takeDueNotifications(tx, services.machineNow(), limit))
  let followed = 0
  const troubled: (Pick<Notification, 'orgId' | 'id' | 'type'> & { error: unknown })[] = []
  const sideBySide = new Limit(lanes)
  for (const notification of due) {
    await sideBySide.start(async () => {
      try {
        if (await followNotification(services, notification)) followed += 1
      } catch (error) {
        const { orgId, id, type } = notification
        troubled.push({ orgId, id, type, error })
      }
    })
  }
  await sideBySide.drained()
  return { looked: due.length, followed, troubled }
}
