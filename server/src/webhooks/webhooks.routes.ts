import { type Route, route } from '#http/operation.ts'
import { createEndpoint } from '#webhooks/actions/create-endpoint.ts'
import { deleteEndpoint } from '#webhooks/actions/delete-endpoint.ts'
import { requireEndpoint } from '#webhooks/actions/require-endpoint.ts'
import { rotateSecret } from '#webhooks/actions/rotate-secret.ts'
import { testEndpoint } from '#webhooks/actions/test-endpoint.ts'
import { changeEndpoint } from '#webhooks/actions/update-endpoint.ts'
import * as contract from '#webhooks/endpoints.contract.ts'
import { listEndpoints } from '#webhooks/endpoints.store.ts'
import { sampleOf } from '#webhooks/event-samples.contract.ts'
import type { WebhookServices } from '#webhooks/webhook-services.ts'
import { toApiCreatedEndpoint, toApiEndpoint, toApiTest } from '#webhooks/webhooks.view.ts'

export function webhookRoutes(services: WebhookServices): Route[] {
  return [
    route(contract.createEndpointOperation, async (tx, context, { body }) => {
      const { url, events, description = null, apiVersion } = body
      const made = await createEndpoint(tx, context, services, { url, events, description, apiVersion })
      return toApiCreatedEndpoint(made, context.org.livemode)
    }),
    route(contract.listEndpointsOperation, async (db, { org }, { query: { limit, cursor } }) => {
      const found = await listEndpoints(db, org.id, { limit: limit + 1, after: cursor })
      const shown = found.slice(0, limit)
      const next = found.length > limit ? (shown.at(-1)?.id ?? null) : null
      return { items: shown.map((endpoint) => toApiEndpoint(endpoint, org.livemode)), next }
    }),
    route(contract.getEndpointOperation, async (db, { org }, { params }) =>
      toApiEndpoint(await requireEndpoint(db, org.id, params.id), org.livemode),
    ),
    route(contract.updateEndpointOperation, async (tx, context, { params, body }) =>
      toApiEndpoint(await changeEndpoint(tx, context, services, { id: params.id, ...body }), context.org.livemode),
    ),
    route(contract.deleteEndpointOperation, async (tx, context, { params: { id } }) => {
      await deleteEndpoint(tx, context, services, id)
      return { id, deleted: true, object: 'webhook', livemode: context.org.livemode }
    }),
    route(contract.testEndpointOperation, async (db, context, { params }) =>
      toApiTest(await testEndpoint(db, context, services, { id: params.id, sampleOf })),
    ),
    route(contract.rotateSecretOperation, async (tx, context, { params }) =>
      toApiCreatedEndpoint(await rotateSecret(tx, context, services, params.id), context.org.livemode),
    ),
  ]
}
