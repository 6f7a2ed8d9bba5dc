import { sql } from 'kysely'
import type { Db, Tx } from '#database/transaction.ts'
import type { Notification, Told } from '#payments/notification.ts'
import type { ProviderEvent, ProviderName } from '#payments/provider.ts'

/** Seconds until a notification that could not be acted on is looked at, each time longer. */
const secondsBetweenLooks = [30, 60, 300, 1_800, 7_200, 21_600, 86_400]

/**
 * Keeps what a provider told until it was acted on. `heard`: it was already. Whoever keeps it acts on it now; should they fail,
 * it is looked at again.
 */
export async function keepNotification(
  db: Db,
  { orgId, connectionId, provider, id, type, told }: Notification,
  machineNow: Temporal.Instant,
): Promise<'waits' | 'heard'> {
  const row = {
    org_id: orgId,
    connection_id: connectionId,
    provider,
    id,
    type,
    told: JSON.stringify(told),
    received_at: machineNow,
    look_again_at: machineNow.add({ seconds: secondsBetweenLooks[0] ?? 0 }),
  }
  const kept = await db
    .insertInto('provider_event')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return kept || !(await wasHeard(db, orgId, { provider, id })) ? 'waits' : 'heard'
}

/** Notes that a provider's event was acted on; false when it was before. */
export async function noteEvent(
  tx: Tx,
  orgId: string,
  { provider, id, type }: { readonly provider: ProviderName; readonly id: string; readonly type: string },
  machineNow: Temporal.Instant,
): Promise<boolean> {
  const row = await tx
    .insertInto('provider_event')
    .values({ org_id: orgId, provider, id, type, received_at: machineNow })
    .onConflict((conflict) =>
      conflict
        .columns(['org_id', 'provider', 'id'])
        .doUpdateSet({ look_again_at: null })
        .where('provider_event.look_again_at', 'is not', null),
    )
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** Whether a provider's event was acted on before. */
async function wasHeard(db: Db, orgId: string, { provider, id }: Pick<ProviderEvent, 'provider' | 'id'>) {
  const row = await db
    .selectFrom('provider_event')
    .select('id')
    .where('org_id', '=', orgId)
    .where('provider', '=', provider)
    .where('id', '=', id)
    .where('look_again_at', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}

/** Takes the notifications of every organisation that wait and whose time has come, and sets the time of the next look. */
export async function takeDueNotifications(tx: Tx, now: Temporal.Instant, limit: number): Promise<Notification[]> {
  const last = secondsBetweenLooks.length
  const rows = await tx
    .with('due', (query) =>
      query
        .selectFrom('provider_event')
        .select(['org_id', 'provider', 'id'])
        .where('look_again_at', '<=', now)
        .orderBy('look_again_at')
        .limit(limit)
        .forUpdate()
        .skipLocked(),
    )
    .updateTable('provider_event')
    .from('due')
    .set({
      looks: sql`looks + 1`,
      // Elements are counted from 1, and `looks` is the number before this one: the first wait is behind us.
      look_again_at: sql<Temporal.Instant>`${now}::timestamptz + make_interval(secs => (${secondsBetweenLooks}::int[])[least(looks + 2, ${last}::int)])`,
    })
    .whereRef('provider_event.org_id', '=', 'due.org_id')
    .whereRef('provider_event.provider', '=', 'due.provider')
    .whereRef('provider_event.id', '=', 'due.id')
    .returningAll('provider_event')
    .execute()
  return rows.map(({ org_id: orgId, connection_id, provider, id, type, told }) => {
    return { orgId, connectionId: connection_id ?? '', provider, id, type, told: (told ?? {}) as Told }
  })
}

/** Forgets events that no provider tells again any more. */
export async function deleteOldEvents(db: Db, before: Temporal.Instant): Promise<void> {
  await db.deleteFrom('provider_event').where('received_at', '<', before).execute()
}
