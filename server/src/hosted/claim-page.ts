import type { FastifyInstance } from 'fastify'
import type { Db } from '#database/transaction.ts'
import type { HostedPages } from '#hosted/assets.ts'
import { look, type PageHandler, page } from '#hosted/page.ts'
import { findOpenClaimLink } from '#organisations/claim-links.store.ts'
import { digestOf } from '#organisations/secret.ts'

export type ClaimPageServices = {
  readonly db: Db
  readonly pages: HostedPages
  readonly machineNow: () => Temporal.Instant
}

/** Where a claim link leads: whether it is good, and what it will be good for. Opening it uses nothing up. */
export function registerClaimPage(server: FastifyInstance, services: ClaimPageServices): void {
  server.get('/claim/:token', page(services, showClaim))
}

const showClaim: PageHandler<ClaimPageServices> = async ({ db, pages, machineNow }, request, reply) => {
  const link = await findOpenClaimLink(db, digestOf(request.params.token), machineNow())
  const words = link
    ? {
        kind: 'welcome' as const,
        title: 'Accounts come with the dashboard',
        message: `This link will make you the owner of your organisation; it is good until ${dayOf(link.expiresAt)}. The dashboard that owners sign in to is not part of this version yet: the API keys and the command "halley" do everything until then.`,
      }
    : { kind: 'expired' as const }
  return reply.status(link ? 200 : 404).send(pages.renderMessage({ ...look(pages, request), ...words }))
}

function dayOf(instant: Temporal.Instant): string {
  return instant.toZonedDateTimeISO('UTC').toPlainDate().toString()
}
