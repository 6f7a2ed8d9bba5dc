import type { FastifyInstance } from 'fastify'
import { inTransaction, type Tx } from '#database/transaction.ts'
import type { HostedPages } from '#hosted/assets.ts'
import type { CheckoutServices } from '#hosted/checkout-access.ts'
import type { CheckoutRecord } from '#hosted/checkouts.store.ts'
import { openLink } from '#hosted/hosted-context.ts'
import { look, type PageHandler, page, withLook } from '#hosted/page.ts'
import type { LinkPurpose } from '#hosted/token.ts'
import type { Context } from '#organisations/org.ts'
import { findOrganisation } from '#organisations/organisations.store.ts'
import { openCardUpdate, openRecovery } from '#subscriptions/actions/open-recovery.ts'

export type RecoveryPageServices = CheckoutServices & { readonly pages: HostedPages }

type Open = (
  tx: Tx,
  context: Context,
  subscriptionId: string,
) => Promise<CheckoutRecord | 'plan_unavailable' | undefined>

/**
 * Where links about a subscription's payment lead: to the checkout of what is outstanding, or to one that takes another card,
 * opened when there is none yet.
 */
export function registerRecoveryPage(server: FastifyInstance, services: RecoveryPageServices): void {
  server.get('/recover/:token', page(services, leadTo('recovery', openRecovery)))
  server.get('/card/:token', page(services, leadTo('card', openCardUpdate)))
}

const leadTo =
  (purpose: LinkPurpose, open: Open): PageHandler<RecoveryPageServices> =>
  async (services, request, reply) => {
    const { context, id } = await openLink(services, purpose, 'sub', request.params.token, (subscriptionId) =>
      services.hostedRequests.take(subscriptionId, performance.now()),
    )
    const checkout = await inTransaction(services.db, (tx) => open(tx, context, id))
    if (checkout && checkout !== 'plan_unavailable') {
      const address = new URL(context.links.checkout(context.org.id, checkout.id))
      return reply.redirect(withLook(request, address.pathname), 303)
    }
    const { pages } = services
    const organisation = await findOrganisation(services.db, context.org.organisationId)
    const kind = checkout ?? 'nothing_due'
    const from = organisation ? { organisation } : {}
    return reply.status(410).send(pages.renderMessage({ ...look(pages, request), kind, ...from }))
  }
