import type { FastifyInstance } from 'fastify'
import { readAnswer, tellBank } from '#hosted/bank-answer.ts'
import { contentPolicy, look, type PageHandler, type PageRequest, page, postedForm } from '#hosted/page.ts'
import { describeOpened, type OpenedPortal } from '#hosted/portal-access.ts'
import type { PortalActionName } from '#hosted/portal-actions.contract.ts'
import { type PortalPageServices, portalPath, refusalOf, show, withSession } from '#hosted/portal-pages.ts'
import { isId } from '#id.ts'
import { finishAction } from '#payments/actions/finish-action.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findAttempt } from '#payments/attempts.store.ts'
import type { SimulatedProcessor } from '#payments/providers/simulated/processor.ts'
import { Problem } from '#problem.ts'

type Services = PortalPageServices & { readonly processor: SimulatedProcessor }
type Handler = PageHandler<Services>

/** The page of the simulated bank for what is bought in the portal with a stored card. */
export function registerPortalConfirmationPages(server: FastifyInstance, services: Services): void {
  server.get('/portal/:token/authenticate/:attemptId', page(services, showConfirmation))
  server.post('/portal/:token/authenticate/:attemptId', page(services, answerConfirmation))
}

const showConfirmation: Handler = (services, request, reply) =>
  withSession(services, request, reply, async (portal) => {
    const attempt = await attemptOf(services, request, portal)
    if (attempt.state !== 'requires_action') return reply.redirect(portalPath(request, portal, {}), 303)
    const { organisation } = await describeOpened(services, portal)
    const { amount, currency, card } = attempt
    const props = { ...look(services.pages, request), organisation, total: Number(amount), currency, card }
    return reply
      .header('content-security-policy', contentPolicy(request, [portal.context.links.publicUrl]))
      .send(services.pages.renderAuthentication(props))
  })

const answerConfirmation: Handler = (services, request, reply) =>
  withSession(services, request, reply, async (portal) => {
    const attempt = await attemptOf(services, request, portal)
    const answer = readAnswer(postedForm(request).get('outcome'))
    if (attempt.state === 'requires_action' && answer) await tellBank(services.processor, attempt, answer)
    const ended = await finishAction(services, portal.context, attempt.id)
    const name = actionOfPurpose[ended.purpose]
    if (ended.state === 'failed') {
      const details = { declineCode: ended.failureCode }
      const refused = new Problem('charge_failed', ended.failureMessage ?? 'The charge was declined.', { details })
      const refusal = refusalOf(name ?? 'retry', refused, new URLSearchParams())
      return show(services, request, reply, portal, { refusal })
    }
    return reply.redirect(portalPath(request, portal, ended.state === 'succeeded' && name ? { done: name } : {}), 303)
  })

/** What was asked for when a charge waited for its customer. */
const actionOfPurpose: Partial<Record<Attempt['purpose'], PortalActionName>> = {
  credit_purchase: 'credit-packs',
  balance_topup: 'top-up',
  addon_activation: 'activate-addon',
}

async function attemptOf(
  { db }: Services,
  { params: { attemptId } }: PageRequest,
  { context: { org }, session }: OpenedPortal,
): Promise<Attempt> {
  const attempt = isId('txn', attemptId) ? await findAttempt(db, org.id, attemptId) : undefined
  const isTheirs = attempt?.customerId === session.customerId && attempt.paymentMethodId !== null
  if (attempt && isTheirs && attempt.checkoutId === null && attempt.paymentId === null) return attempt
  throw new Problem('not_found', 'This authentication step does not exist.')
}
