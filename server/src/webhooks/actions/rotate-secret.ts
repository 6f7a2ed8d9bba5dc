import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { requireEndpointLocked } from '#webhooks/actions/require-endpoint.ts'
import { overlapHours, stillHolding } from '#webhooks/endpoint.ts'
import { type EndpointRecord, updateEndpoint } from '#webhooks/endpoints.store.ts'
import type { WebhookServices } from '#webhooks/webhook-services.ts'

/**
 * Gives an endpoint a new secret, shown in this answer alone. The one before holds beside it for 24 hours of real time, as
 * does every other that has not had its day yet.
 */
export async function rotateSecret(
  tx: Tx,
  { org, now }: Context,
  { secrets, machineNow }: Pick<WebhookServices, 'secrets' | 'machineNow'>,
  id: string,
): Promise<{ readonly endpoint: EndpointRecord; readonly secret: string }> {
  const endpoint = await requireEndpointLocked(tx, org.id, id)
  const secret = secrets.make()
  const at = machineNow()
  const before = { secret: endpoint.secret, until: at.add({ hours: overlapHours }).toString() }
  const previousSecrets = [before, ...stillHolding(endpoint.previousSecrets, at)]
  const changes = { secret: secrets.seal(id, secret), previousSecrets }
  return { endpoint: await updateEndpoint(tx, org.id, id, changes, now), secret }
}
