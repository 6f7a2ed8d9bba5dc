import type { Tx } from '#database/transaction.ts'
import { newId } from '#id.ts'
import type { Context } from '#organisations/org.ts'
import { moveVersion } from '#organisations/sides.store.ts'
import { invalidField } from '#problem.ts'
import { refuseUrl } from '#webhooks/addresses.ts'
import { listenedEvents, mostEndpoints } from '#webhooks/endpoint.ts'
import {
  countEndpoints,
  type EndpointRecord,
  insertEndpoint,
  lockFanOut,
  nextPosition,
} from '#webhooks/endpoints.store.ts'
import type { WebhookServices } from '#webhooks/webhook-services.ts'

export type NewEndpointInput = {
  readonly url: string
  readonly events: readonly string[]
  readonly description: string | null
  /** Absent: the version of the request. */
  readonly apiVersion: string | undefined
}

/**
 * Makes an endpoint; it hears of what is recorded from now on. Its secret is in this answer and nowhere else. 422 for an address
 * that may not be called, and beyond twenty endpoints.
 */
export async function createEndpoint(
  tx: Tx,
  { org, now, apiVersion }: Context,
  { secrets, resolveVersion }: Pick<WebhookServices, 'secrets' | 'resolveVersion'>,
  input: NewEndpointInput,
): Promise<{ readonly endpoint: EndpointRecord; readonly secret: string }> {
  const wrong = refuseUrl(input.url, org.livemode)
  if (wrong) throw invalidField('url', wrong)
  const version = input.apiVersion === undefined ? apiVersion : resolveVersion(input.apiVersion)
  // Whoever records usage decides by the version whether to tell of it.
  await moveVersion(tx, org.id)
  await lockFanOut(tx, org.id)
  if ((await countEndpoints(tx, org.id)) >= mostEndpoints) {
    throw invalidField(
      'url',
      `There are ${mostEndpoints} endpoints already, and not more are possible: delete one first.`,
    )
  }
  const id = newId('whk')
  const secret = secrets.make()
  const position = await nextPosition(tx)
  const endpoint = await insertEndpoint(
    tx,
    org.id,
    {
      id,
      url: input.url,
      events: listenedEvents(input.events),
      description: input.description,
      apiVersion: version,
      secret: secrets.seal(id, secret),
    },
    { position, now },
  )
  return { endpoint, secret }
}
