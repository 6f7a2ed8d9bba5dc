import type { FastifyInstance } from 'fastify'
import { inTransaction } from '#database/transaction.ts'
import type { HostedPages } from '#hosted/assets.ts'
import type { CheckoutServices } from '#hosted/checkout-access.ts'
import { openLink } from '#hosted/hosted-context.ts'
import { look, type PageHandler, page, withLook } from '#hosted/page.ts'
import { openRecovery } from '#subscriptions/actions/open-recovery.ts'

export type RecoveryPageServices = CheckoutServices & { readonly pages: HostedPages }

/** Where a recovery link leads: to the checkout of what is outstanding, opened when there is none yet. */
export function registerRecoveryPage(server: FastifyInstance, services: RecoveryPageServices): void {
  server.get('/recover/:token', page(services, recover))
}

const recover: PageHandler<RecoveryPageServices> = async (services, request, reply) => {
  const { context, id } = await openLink(services, 'recovery', 'sub', request.params.token, (subscriptionId) =>
    services.hostedRequests.take(subscriptionId, performance.now()),
  )
  const checkout = await inTransaction(services.db, (tx) => openRecovery(tx, context, id))
  if (checkout) {
    const address = new URL(context.links.checkout(context.org.id, checkout.id))
    return reply.redirect(withLook(request, address.pathname), 303)
  }
  const { pages } = services
  return reply.status(410).send(pages.renderMessage({ ...look(pages, request), kind: 'nothing_due' }))
}
