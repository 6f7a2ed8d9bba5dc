import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply } from 'fastify'
import * as z from 'zod'
import { inTransaction } from '#database/transaction.ts'
import { describePortalHistory } from '#hosted/actions/describe-portal-history.ts'
import { describePortalPlans, type PortalPlansView } from '#hosted/actions/describe-portal-plans.ts'
import { describePortalSeats, type PortalSeatsView } from '#hosted/actions/describe-portal-seats.ts'
import { mailPortalLink } from '#hosted/actions/request-portal-access.ts'
import type { HostedPages } from '#hosted/assets.ts'
import { contentPolicy, look, type PageHandler, type PageRequest, page, postedForm, withLook } from '#hosted/page.ts'
import { Portal, PortalHistory, PortalPlans, PortalSeats } from '#hosted/portal.contract.ts'
import {
  describeOpened,
  type OpenedPortal,
  openPortal,
  openPortalLink,
  type PortalLink,
  type PortalServices,
} from '#hosted/portal-access.ts'
import { type PortalActionName, portalBodies } from '#hosted/portal-actions.contract.ts'
import { isPortalAction, portalAction } from '#hosted/portal-actions.ts'
import { beforeOf, chosenOf, entryBefore, seatsOf } from '#hosted/portal-api.ts'
import { giveUpSteps } from '#hosted/portal-confirmations.ts'
import { actOnce } from '#hosted/portal-once.ts'
import { PriceNotShown, PriceRisen, refuseRisen, refuseUnseen, shownBy } from '#hosted/portal-prices.ts'
import { parseTyped } from '#hosted/typed.ts'
import { requestKey } from '#http/idempotency.ts'
import { RateLimited } from '#http/rate-limit.ts'
import { newId } from '#id.ts'
import { Problem } from '#problem.ts'
import type {
  PortalDescription,
  PortalHistoryDescription,
  PortalPart,
  PortalPlansDescription,
  PortalRefusal,
  PortalSeatsDescription,
} from '../../../web/src/portal/portal.types.ts'

export type PortalPageServices = PortalServices & { readonly pages: HostedPages }
type Handler = PageHandler<PortalPageServices>

/** The parts of the portal that have a page of their own. */
const parts: readonly PortalPart[] = ['cancel', 'billing-details', 'plans', 'seats', 'email', 'history']

/** The page that an action is asked for on, where that is not the overview. */
function pageOfAction(name: PortalActionName): PortalPart | undefined {
  if (name === 'drop-email') return 'email'
  return name === 'change-plan' ? 'plans' : parts.find((one) => one === name)
}

/** The portal as pages: whole without script. What is asked for changes something only when it is posted. */
export function registerPortalPages(server: FastifyInstance, services: PortalPageServices): void {
  server.get('/portal/:token', page(services, showOverview))
  for (const part of parts) server.get(`/portal/:token/${part}`, page(services, showPart(part)))
  server.post('/portal/:token/new-link', page(services, sendNewLink))
  for (const name of Object.keys(portalBodies).filter(isPortalAction)) {
    server.post(`/portal/:token/${name}`, page(services, submit(name)))
    // The address of a refused form, opened anew: in another language for instance.
    if (!parts.some((part) => part === name)) server.get(`/portal/:token/${name}`, page(services, leadBack(name)))
  }
}

const leadBack =
  (name: PortalActionName): Handler =>
  async (_services, request, reply) => {
    const part = pageOfAction(name)
    const path = `/portal/${encodeURIComponent(request.params.token)}`
    return reply.redirect(withLook(request, part ? `${path}/${part}` : path), 303)
  }

const showOverview: Handler = (services, request, reply) =>
  withSession(services, request, reply, (portal) => show(services, request, reply, portal, {}))

const showPart =
  (part: PortalPart): Handler =>
  (services, request, reply) =>
    withSession(services, request, reply, (portal) => show(services, request, reply, portal, { part }))

const submit =
  (name: PortalActionName): Handler =>
  (services, request, reply) =>
    withSession(services, request, reply, async (portal) => {
      const form = postedForm(request)
      try {
        const leadsTo = await run(services, portal, name, form)
        return reply.redirect(
          leadsTo === null ? portalPath(request, portal, { done: name }) : withLook(request, leadsTo),
          303,
        )
      } catch (error) {
        if (!(error instanceof Problem) || error.status >= 500) throw error
        if (error instanceof RateLimited) reply.header('retry-after', error.retryAfterSeconds)
        const part = pageOfAction(name)
        return show(services, request, reply, portal, { ...(part && { part }), refusal: refusalOf(name, error, form) })
      }
    })

async function run(services: PortalPageServices, portal: OpenedPortal, name: PortalActionName, form: URLSearchParams) {
  const action = portalAction(name)
  const input = parseTyped(action.body, action.fromForm(form))
  if (action.charges) services.confirmations.take(portal.id, performance.now())
  // A form carries its own key, so that a second press of its button asks for nothing more. What else was typed is something else.
  const once = form.get('once')
  const text = JSON.stringify(input)
  const key =
    once === null ? null : requestKey(`${once} ${digestOf(text)}`, 'POST', `/portal/${portal.id}/${name}`, text)
  return actOnce(services, portal, key, async (own) => {
    const passed = await giveUpSteps(services, portal, name)
    if (passed !== null) return passed
    const wanted = { action: name, input, shown: shownBy(form) }
    await refuseRisen(services, portal, wanted)
    await refuseUnseen(services, portal, wanted)
    return action.run(services, portal, input, own)
  })
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16)
}

/** Mails a new link for one that has ended; says the same whether it did or not. */
const sendNewLink: Handler = async (services, request, reply) => {
  const link = await openPortalLink(services, request.params.token)
  services.confirmations.take(link.id, performance.now())
  await inTransaction(services.db, (tx) => mailPortalLink(tx, link.context, link.id, services.machineNow()))
  const { pages } = services
  return reply.send(pages.renderPortalEnded({ ...look(pages, request), token: link.token, isSent: true }))
}

/** Answers within a session that lasts, else with the page that mails a new link. */
export async function withSession(
  services: PortalPageServices,
  request: PageRequest,
  reply: FastifyReply,
  work: (portal: OpenedPortal) => Promise<FastifyReply>,
): Promise<FastifyReply> {
  const link: PortalLink = await openPortalLink(services, request.params.token)
  const portal = await openPortal(services, link)
  if (portal) return work(portal)
  const { pages } = services
  return reply.status(410).send(pages.renderPortalEnded({ ...look(pages, request), token: link.token, isSent: false }))
}

type Shown = { readonly part?: PortalPart; readonly refusal?: PortalRefusal }

/** Shows a page of the portal as things are now. */
export async function show(
  services: PortalPageServices,
  request: PageRequest,
  reply: FastifyReply,
  portal: OpenedPortal,
  { part = 'overview', refusal }: Shown,
): Promise<FastifyReply> {
  const view = await describeOpened(services, portal, beforeOf(request.query))
  const plans = part === 'plans' ? await plansOf(services, portal, request.query, refusal) : undefined
  const seats = part === 'seats' ? await askSeats(services, portal, request.query, refusal) : undefined
  const history =
    part === 'history'
      ? await describePortalHistory(services.db, portal.context, portal.session, entryBefore(request.query))
      : undefined
  const refused = refusal ?? seats?.refusal
  const { pages } = services
  const { done } = request.query
  reply.header('content-security-policy', contentPolicy(request, [portal.context.links.publicUrl]))
  return reply.status(refused?.status ?? 200).send(
    pages.renderPortal({
      ...look(pages, request),
      portal: z.encode(Portal, view) as PortalDescription,
      token: portal.token,
      part,
      plans: plans && (z.encode(PortalPlans, plans) as PortalPlansDescription),
      seats: seats && (z.encode(PortalSeats, seats.view) as PortalSeatsDescription),
      history: history && (z.encode(PortalHistory, history) as PortalHistoryDescription),
      once: newId('req'),
      done: refused === undefined && typeof done === 'string' && isPortalAction(done) ? done : undefined,
      refusal: refused,
    }),
  )
}

// After a refusal the list is shown again: what was chosen may not be possible any more.
function plansOf(
  { db }: PortalPageServices,
  { context, session }: OpenedPortal,
  query: PageRequest['query'],
  refusal: PortalRefusal | undefined,
): Promise<PortalPlansView> {
  return describePortalPlans(db, context, session, refusal ? null : chosenOf(query))
}

// A count that cannot be had is refused where it is asked about, before anything is done.
async function askSeats(
  { db }: PortalPageServices,
  { context, session }: OpenedPortal,
  query: PageRequest['query'],
  refusal: PortalRefusal | undefined,
): Promise<{ readonly view: PortalSeatsView; readonly refusal?: PortalRefusal }> {
  try {
    return { view: await describePortalSeats(db, context, session, refusal ? null : seatsOf(query)) }
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500) throw error
    const typed = new URLSearchParams({ featureCode: String(query.featureCode), count: String(query.count ?? '') })
    const view = await describePortalSeats(db, context, session, null)
    return { view, refusal: refusalOf('seats', error, typed) }
  }
}

/** What a page says of a refusal, with what was typed. */
export function refusalOf(action: string, problem: Problem, form: URLSearchParams): PortalRefusal {
  const { message, details } = problem
  // To be shown a sum first is how it goes, and no refusal.
  const status = problem instanceof PriceNotShown ? 200 : problem.status
  const code = codeOf(problem)
  const price = problem instanceof PriceRisen || problem instanceof PriceNotShown ? problem.price : null
  const errors = code === 'validation_error' && Array.isArray(details) ? (details as PortalRefusal['errors']) : []
  const declineCode = (details as { readonly declineCode?: string | null } | undefined)?.declineCode ?? null
  const shown = price && { total: Number(price.total), currency: price.currency }
  return { action, code, message, status, errors, declineCode, price: shown, values: Object.fromEntries(form) }
}

function codeOf(problem: Problem): string {
  if (problem instanceof PriceRisen) return 'price_risen'
  return problem instanceof PriceNotShown ? 'price_not_shown' : problem.code
}

/** The overview, in the language and colours that were asked for. */
export function portalPath(
  request: PageRequest,
  { token }: OpenedPortal,
  more: Readonly<Record<string, string>>,
): string {
  return withLook(request, `/portal/${encodeURIComponent(token)}`, more)
}
