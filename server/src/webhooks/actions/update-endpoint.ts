import type { Tx } from '#database/transaction.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import { invalidField } from '#problem.ts'
import { requireEndpointLocked } from '#webhooks/actions/require-endpoint.ts'
import { refuseUrl } from '#webhooks/addresses.ts'
import { cancelWaiting } from '#webhooks/deliveries.store.ts'
import { listenedEvents } from '#webhooks/endpoint.ts'
import {
  type EndpointChanges,
  type EndpointRecord,
  lockFanOut,
  nextPosition,
  updateEndpoint,
} from '#webhooks/endpoints.store.ts'
import { cancelReplays } from '#webhooks/replays.store.ts'
import type { WebhookServices } from '#webhooks/webhook-services.ts'

export type EndpointInput = {
  readonly id: string
  readonly url?: string | undefined
  readonly events?: readonly string[] | undefined
  readonly description?: string | null | undefined
  readonly isActive?: boolean | undefined
  readonly apiVersion?: string | undefined
}

type Services = Pick<WebhookServices, 'machineNow' | 'resolveVersion'>

/**
 * Changes an endpoint. Switching it off gives up on what waits for it; switching it on begins with what is recorded from then
 * on. 404 webhook_not_found, 422 for an address that may not be called.
 */
export async function changeEndpoint(
  tx: Tx,
  { org, now }: Context,
  { machineNow, resolveVersion }: Services,
  { id, events, isActive, apiVersion, ...plain }: EndpointInput,
): Promise<EndpointRecord> {
  const wrong = plain.url === undefined ? undefined : refuseUrl(plain.url, org.livemode)
  if (wrong) throw invalidField('url', wrong)
  const version = apiVersion === undefined ? undefined : resolveVersion(apiVersion)
  await moveVersion(tx, org.id)
  await lockFanOut(tx, org.id)
  const endpoint = await requireEndpointLocked(tx, org.id, id)
  const listened = events && listenedEvents(events)
  const isOtherList = listened !== undefined && listened.toSorted().join() !== endpoint.events.toSorted().join()
  const changes: EndpointChanges = { ...plain, events: listened, apiVersion: version }
  if (isActive === false && endpoint.isActive) await giveUp(tx, org.id, id, machineNow())
  const switched = isActive === undefined || isActive === endpoint.isActive ? {} : await switchTo(tx, isActive)
  const position = isOtherList ? { matchedPosition: await nextPosition(tx) } : {}
  return updateEndpoint(tx, org.id, id, { ...changes, ...position, ...switched }, now)
}

async function switchTo(tx: Tx, isActive: boolean): Promise<EndpointChanges> {
  if (!isActive) return { isActive, dueAt: null }
  const position = await nextPosition(tx)
  return { isActive, failedInARow: 0, sincePosition: position, matchedPosition: position }
}

/** Cancels everything that still waits for an endpoint. */
export async function giveUp(tx: Tx, orgId: string, endpointId: string, now: Temporal.Instant): Promise<void> {
  await cancelReplays(tx, orgId, endpointId, now)
  await cancelWaiting(tx, orgId, endpointId, now)
}
