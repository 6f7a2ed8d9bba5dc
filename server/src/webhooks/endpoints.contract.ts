import * as z from 'zod'
import { DeletedObject, description, livemode, pageQuery, reference, time, webAddress } from '#http/fields.contract.ts'
import { operation } from '#http/operation.ts'
import { eventTypes } from '#webhooks/event-types.ts'

const listened = z
  .array(z.enum([...eventTypes, '*'], { error: 'Must be the name of an event, or *.' }))
  .min(1, { error: 'Must name at least one event, or *.' })
  .max(100, { error: 'Must be at most 100 names.' })
  .meta({ description: 'Names of events, or `*` for all but `usage.recorded`, which has to be named.' })

const pin = z
  .string()
  .max(40)
  .meta({ description: 'An API version: the shape of the payloads. Absent: the version of the request.' })

const endpoint = {
  id: z.string().meta({ description: 'Public id, starts with `whk_`.' }),
  object: z.literal('webhook'),
  livemode,
  url: z.string(),
  events: z.array(z.string()),
  description: z.string().nullable(),
  isActive: z.boolean().meta({ description: 'False: switched off, by hand or after three failed events in a row.' }),
  apiVersion: z.string().nullable(),
  createdAt: time,
}

const additions = {
  failedInARow: z
    .int()
    .meta({ description: 'An addition: deliveries that failed for good since the last that arrived.' }),
  previousSecretExpiresAt: time
    .nullable()
    .meta({ description: 'An addition: until then, in real time, the secret before the last rotation signs too.' }),
}

export const WebhookEndpoint = z
  .object({ ...endpoint, ...additions })
  .meta({ id: 'WebhookEndpoint', description: 'Where events are sent.' })

export const WebhookEndpointCreated = z
  .object({
    ...endpoint,
    secretKey: z.string().meta({ description: 'What messages are signed with. It is shown this once.' }),
    ...additions,
  })
  .meta({ id: 'WebhookEndpointCreated', description: 'An endpoint with its new secret.' })

export const WebhookTestResult = z
  .object({
    success: z.boolean().meta({ description: 'Whether a 2xx came back within ten seconds.' }),
    deliveryId: z.string(),
    deliveredAt: time.meta({ description: 'When the attempt ended, in real time.' }),
    event: z.string().meta({ description: 'An addition: the event of the sample.' }),
    status: z.int().nullable().meta({ description: 'An addition: the HTTP status, null without an answer.' }),
    error: z.string().nullable().meta({ description: 'An addition: why there was no answer.' }),
    durationMs: z.int().meta({ description: 'An addition.' }),
    response: z.string().nullable().meta({ description: 'An addition: the first 2 KB of the answer.' }),
  })
  .meta({ id: 'WebhookTestResult' })

const byId = z.object({ id: reference })

export const createEndpointOperation = operation({
  id: 'Webhooks.create',
  method: 'POST',
  path: '/webhooks',
  kind: 'write',
  status: 201,
  secret: true,
  summary:
    'Create an endpoint. It hears of everything that is recorded from now on; its secret is in this answer alone.',
  description:
    'In live mode the address is https and public; in the sandbox it may also be http and on this machine. At most 20 endpoints.',
  body: z.object({
    url: webAddress,
    events: listened,
    description: description.optional(),
    apiVersion: pin.optional(),
  }),
  data: WebhookEndpointCreated,
})

export const listEndpointsOperation = operation({
  id: 'Webhooks.list',
  method: 'GET',
  path: '/webhooks',
  kind: 'read',
  list: true,
  summary: 'List endpoints, newest first.',
  query: z.object(pageQuery),
  data: z.array(WebhookEndpoint),
})

export const getEndpointOperation = operation({
  id: 'Webhooks.get',
  method: 'GET',
  path: '/webhooks/{id}',
  kind: 'read',
  summary: 'Read one endpoint.',
  params: byId,
  data: WebhookEndpoint,
  problems: ['webhook_not_found'],
})

export const updateEndpointOperation = operation({
  id: 'Webhooks.update',
  method: 'PUT',
  path: '/webhooks/{id}',
  kind: 'write',
  summary: 'Change an endpoint. Switched off, what waits for it is given up; switched on, it hears of what follows.',
  params: byId,
  body: z.object({
    url: webAddress.optional(),
    events: listened.optional(),
    description: description.nullable().optional(),
    isActive: z.boolean().optional(),
    apiVersion: pin.optional(),
  }),
  data: WebhookEndpoint,
  problems: ['webhook_not_found'],
})

export const deleteEndpointOperation = operation({
  id: 'Webhooks.delete',
  method: 'DELETE',
  path: '/webhooks/{id}',
  kind: 'write',
  summary: 'Delete an endpoint. What still waits for it is not sent.',
  params: byId,
  data: DeletedObject,
  problems: ['webhook_not_found'],
})

export const testEndpointOperation = operation({
  id: 'Webhooks.test',
  method: 'POST',
  path: '/webhooks/{id}/test',
  kind: 'staged',
  summary: 'Send a signed sample of the first event that an endpoint listens to, and tell what came of it.',
  description:
    'The sample has made-up ids and the header `x-halley-test: true`. An endpoint that is off can be tested too.',
  params: byId,
  data: WebhookTestResult,
  problems: ['webhook_not_found'],
})

export const rotateSecretOperation = operation({
  id: 'Webhooks.rotateSecret',
  method: 'POST',
  path: '/webhooks/{id}/rotate-secret',
  kind: 'write',
  status: 201,
  secret: true,
  summary: 'Give an endpoint a new secret. The one before holds beside it for 24 hours.',
  description:
    'An addition of Halley. Meanwhile `webhook-signature` carries a signature of both. `X-Commet-Signature` holds one: of the new secret in odd attempts and of the one before in even ones, so that a receiver that knows only one of them hears of everything at the latest with the first retry.',
  params: byId,
  data: WebhookEndpointCreated,
  problems: ['webhook_not_found'],
})
