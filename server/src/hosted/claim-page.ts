import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Db } from '#database/transaction.ts'
import type { HostedPages } from '#hosted/assets.ts'
import { headers } from '#hosted/checkout-pages.ts'
import { findOpenClaimLink } from '#organisations/claim-links.store.ts'
import { digestOf } from '#organisations/secret.ts'

export type ClaimPageServices = {
  readonly db: Db
  readonly pages: HostedPages
  readonly machineNow: () => Temporal.Instant
}

type ClaimRequest = FastifyRequest<{
  Params: { token: string }
  Querystring: { locale?: string; theme?: string }
}>

/** Where a claim link leads: whether it is good, and what it will be good for. Opening it uses nothing up. */
export function registerClaimPage(server: FastifyInstance, { db, pages, machineNow }: ClaimPageServices): void {
  server.get('/claim/:token', async (request, reply) => {
    const { params, query, headers: sent } = request as ClaimRequest
    const link = await findOpenClaimLink(db, digestOf(params.token), machineNow())
    const look = {
      locale: pages.chooseLocale([query.locale], sent['accept-language']),
      theme: pages.chooseTheme(query.theme),
      assets: pages.assets,
    }
    const page = link
      ? {
          title: 'This link makes you the owner',
          message: `It is good until ${dayOf(link.expiresAt)}. Owners sign in to the dashboard, which is not part of this version yet: until then the API keys and the command "halley" do everything.`,
        }
      : { kind: 'expired' as const }
    return reply
      .status(link ? 200 : 404)
      .headers(headers)
      .type('text/html; charset=utf-8')
      .send(pages.renderMessage({ ...look, ...page }))
  })
}

function dayOf(instant: Temporal.Instant): string {
  return instant.toZonedDateTimeISO('UTC').toPlainDate().toString()
}
