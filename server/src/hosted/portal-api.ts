import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import * as z from 'zod'
import { describePortalHistory } from '#hosted/actions/describe-portal-history.ts'
import { type ChosenPlan, describePortalPlans } from '#hosted/actions/describe-portal-plans.ts'
import { type ChosenSeats, describePortalSeats } from '#hosted/actions/describe-portal-seats.ts'
import { Portal, PortalDone, PortalHistory, PortalPlans, PortalSeats } from '#hosted/portal.contract.ts'
import {
  describeOpened,
  type OpenedPortal,
  openPortal,
  openPortalLink,
  type PortalServices,
} from '#hosted/portal-access.ts'
import { portalBodies } from '#hosted/portal-actions.contract.ts'
import { isPortalAction, portalAction } from '#hosted/portal-actions.ts'
import { giveUpSteps } from '#hosted/portal-confirmations.ts'
import { actOnce } from '#hosted/portal-once.ts'
import { expectedBy, refuseRisen } from '#hosted/portal-prices.ts'
import { parseTyped } from '#hosted/typed.ts'
import { parseBody } from '#http/body.ts'
import { successText } from '#http/envelope.ts'
import { requestKey } from '#http/idempotency.ts'
import { Problem } from '#problem.ts'
import { billingIntervals } from '#time/interval.ts'

type PortalRequest = FastifyRequest<{ Params: { token: string; action: string }; Querystring: Query }>
type Query = Readonly<Partial<Record<'before' | 'planId' | 'billingInterval' | 'featureCode' | 'count', unknown>>>

/** The JSON side of the portal: what its page shows and does, open to tests and integrators. The token is the permission. */
export function registerPortalApi(server: FastifyInstance, services: PortalServices): void {
  server.get('/hosted/v1/portal/:token', async (request: PortalRequest, reply) => {
    const portal = await openLasting(services, request.params.token)
    return send(reply, Portal, await describeOpened(services, portal, beforeOf(request.query)))
  })
  server.get('/hosted/v1/portal/:token/plans', async (request: PortalRequest, reply) => {
    const { context, session } = await openLasting(services, request.params.token)
    const chosen = chosenOf(request.query)
    const plans = await services.taxes.knowing(() => describePortalPlans(services.db, context, session, chosen))
    return send(reply, PortalPlans, plans)
  })
  server.get('/hosted/v1/portal/:token/seats', async (request: PortalRequest, reply) => {
    const { context, session } = await openLasting(services, request.params.token)
    const seats = await describePortalSeats(services.db, context, session, seatsOf(request.query))
    return send(reply, PortalSeats, seats)
  })
  server.get('/hosted/v1/portal/:token/history', async (request: PortalRequest, reply) => {
    const { context, session } = await openLasting(services, request.params.token)
    const history = await describePortalHistory(services.db, context, session, entryBefore(request.query))
    return send(reply, PortalHistory, history)
  })
  server.post('/hosted/v1/portal/:token/:action', async (request: PortalRequest, reply) => {
    const portal = await openLasting(services, request.params.token)
    return send(reply, PortalDone, await services.taxes.knowing(() => act(services, portal, request)))
  })
}

/** The id of an invoice that older ones are asked for by; anything else is none. */
export function beforeOf({ before }: { readonly before?: unknown }): string | undefined {
  return typeof before === 'string' && /^inv_[0-9a-z]{1,64}$/.test(before) ? before : undefined
}

/** The number of a ledger entry that older ones are asked for by; anything else is none. */
export function entryBefore({ before }: { readonly before?: unknown }): bigint | null {
  return typeof before === 'string' && /^[1-9]\d{0,17}$/.test(before) ? BigInt(before) : null
}

/** The plan that a page or a request asks about; null when it names none. */
export function chosenOf({ planId, billingInterval }: Query): ChosenPlan | null {
  if (typeof planId !== 'string' || planId === '') return null
  return { planId, billingInterval: billingIntervals.find((one) => one === billingInterval) }
}

/** The seats that a page or a request asks about; null when it names no feature. 422 for a count that is none. */
export function seatsOf({ featureCode, count }: Query): ChosenSeats | null {
  if (typeof featureCode !== 'string' || featureCode === '') return null
  const asked = parseTyped(portalBodies.seats, { featureCode, count })
  return { featureCode: asked.featureCode, count: BigInt(asked.count) }
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
  const redirectUrl = await actOnce(services, portal, key, async (own) => {
    const passed = await giveUpSteps(services, portal, name)
    if (passed !== null) return passed
    await refuseRisen(services, portal, { action: name, input, shown: expectedBy(input) })
    return action.run(services, portal, input, own)
  })
  return { status: 'done' as const, redirectUrl }
}

function send<S extends z.ZodType>(reply: FastifyReply, schema: S, data: z.output<S>): FastifyReply {
  return reply
    .headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    .type('application/json; charset=utf-8')
    .send(successText(JSON.stringify(z.encode(schema, data as never))))
}
