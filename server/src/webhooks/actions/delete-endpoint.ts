import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import { requireEndpointLocked } from '#webhooks/actions/require-endpoint.ts'
import { giveUp } from '#webhooks/actions/update-endpoint.ts'
import { lockFanOut, updateEndpoint } from '#webhooks/endpoints.store.ts'
import type { WebhookServices } from '#webhooks/webhook-services.ts'

/** Deletes an endpoint: nothing that still waits for it is sent. 404 webhook_not_found. */
export async function deleteEndpoint(
  tx: Tx,
  { org, now }: Context,
  { machineNow }: Pick<WebhookServices, 'machineNow'>,
  id: string,
): Promise<void> {
  await moveVersion(tx, org.id)
  await lockFanOut(tx, org.id)
  await requireEndpointLocked(tx, org.id, id)
  await giveUp(tx, org.id, id, machineNow())
  await updateEndpoint(tx, org.id, id, { isActive: false, dueAt: null, deletedAt: now }, now)
}
