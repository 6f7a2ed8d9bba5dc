import { type Db, inTransaction } from '#database/transaction.ts'
import { insertOperatorMail } from '#mail/mail.store.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import { giveUp } from '#webhooks/actions/update-endpoint.ts'
import { type EndpointRecord, lockEndpoint, lockFanOut, updateEndpoint } from '#webhooks/endpoints.store.ts'
import { isWornOut } from '#webhooks/streak.ts'

/** Switches an endpoint off that has failed too often in a row, gives up on what waits for it, and tells the operator. */
export async function switchOffWornOut(
  db: Db,
  { orgId, id }: Pick<EndpointRecord, 'orgId' | 'id'>,
  now: Temporal.Instant,
): Promise<void> {
  await inTransaction(db, async (tx) => {
    await moveVersion(tx, orgId)
    await lockFanOut(tx, orgId)
    const endpoint = await lockEndpoint(tx, orgId, id)
    // Somebody may have switched it meanwhile.
    if (!endpoint?.isActive || !isWornOut(endpoint.failedInARow)) return
    await giveUp(tx, orgId, id, now)
    await updateEndpoint(tx, orgId, id, { isActive: false, dueAt: null }, now)
    const facts = { url: endpoint.url, failures: endpoint.failedInARow }
    await insertOperatorMail(tx, orgId, { kind: 'webhook_switched_off', facts }, now)
  })
}
