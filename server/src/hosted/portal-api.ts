import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import * as z from 'zod'
import { Portal, PortalDone } from '#hosted/portal.contract.ts'
import {
  describeOpened,
  type OpenedPortal,
  openPortal,
  openPortalLink,
  type PortalServices,
} from '#hosted/portal-access.ts'
import { isPortalAction, portalAction } from '#hosted/portal-actions.ts'
import { parseTyped } from '#hosted/typed.ts'
import { parseBody } from '#http/body.ts'
import { successText } from '#http/envelope.ts'
import { requestKey } from '#http/idempotency.ts'
import { Problem } from '#problem.ts'

type PortalRequest = FastifyRequest<{ Params: { token: string; action: string }; Querystring: { before?: string } }>

/** The JSON side of the portal: what its page shows and does, open to tests and integrators. The token is the permission. */
export function registerPortalApi(server: FastifyInstance, services: PortalServices): void {
  server.get('/hosted/v1/portal/:token', async (request: PortalRequest, reply) => {
    const portal = await openLasting(services, request.params.token)
    return send(reply, Portal, await describeOpened(services, portal, beforeOf(request.query)))
  })
  server.post('/hosted/v1/portal/:token/:action', async (request: PortalRequest, reply) => {
    const portal = await openLasting(services, request.params.token)
    return send(reply, PortalDone, await act(services, portal, request))
  })
}

/** The id of an invoice that older ones are asked for by; anything else is none. */
export function beforeOf({ before }: { readonly before?: unknown }): string | undefined {
  return typeof before === 'string' && /^inv_[0-9a-z]{1,64}$/.test(before) ? before : undefined
}

async function openLasting(services: PortalServices, token: string): Promise<OpenedPortal> {
  const portal = await openPortal(services, await openPortalLink(services, token))
  if (!portal) throw new Problem('not_found', 'This link has expired. Ask for a new one.')
  return portal
}

async function act(services: PortalServices, portal: OpenedPortal, request: PortalRequest) {
  const { action: name } = request.params
  if (!isPortalAction(name)) throw new Problem('not_found', `A portal has no action ${name}.`)
  const action = portalAction(name)
  const body = typeof request.body === 'string' ? request.body : ''
  const input = parseTyped(action.body, parseBody(body))
  if (action.charges) services.confirmations.take(portal.id, performance.now())
  const given = request.headers['idempotency-key']
  const key = requestKey(Array.isArray(given) ? given[0] : given, 'POST', `/portal/${portal.id}/${name}`, body)
  // No header has a "›": a key of the portal is never one that a caller of the API could send.
  const own = key && { ...key, key: `${portal.id}›${key.key}` }
  return { status: 'done' as const, redirectUrl: await action.run(services, portal, input, own) }
}

function send<S extends z.ZodType>(reply: FastifyReply, schema: S, data: z.output<S>): FastifyReply {
  return reply
    .headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    .type('application/json; charset=utf-8')
    .send(successText(JSON.stringify(z.encode(schema, data as never))))
}
