import type { BillingServices } from '#billing/actions/take-steps.ts'
import { inTransaction } from '#database/transaction.ts'
import { describePortal, type PortalView } from '#hosted/actions/describe-portal.ts'
import { type HostedServices, openLink } from '#hosted/hosted-context.ts'
import { keepPortalSession, type PortalSession } from '#hosted/portal-sessions.store.ts'
import type { RateLimiter } from '#http/rate-limit.ts'
import type { Metering } from '#metering/metering.ts'
import type { Context } from '#organisations/org.ts'
import { TaxNotKnown } from '#tax/tax-not-known.ts'

export type PortalServices = HostedServices &
  BillingServices & {
    readonly metering: Metering
    /** Requests of any kind, by session. */
    readonly hostedRequests: RateLimiter
    /** What moves money or sends mail, by session. */
    readonly confirmations: RateLimiter
  }

/** A portal whose link somebody has, and whose session may have ended. */
export type PortalLink = { readonly context: Context; readonly id: string; readonly token: string }

/** A portal with a session that lasts. */
export type OpenedPortal = PortalLink & { readonly session: PortalSession }

/** What a token points at. A token that nobody signed is a 404 and costs no query. */
export async function openPortalLink(services: PortalServices, token: string): Promise<PortalLink> {
  const opened = await openLink(services, 'portal', 'pse', token, (id) =>
    services.hostedRequests.take(id, performance.now()),
  )
  return { ...opened, token }
}

/** The portal a token opens, used now; undefined when its session has ended. */
export async function openPortal(services: PortalServices, link: PortalLink): Promise<OpenedPortal | undefined> {
  const session = await keepPortalSession(services.db, link.context.org.id, link.id, services.machineNow())
  return session && { ...link, session }
}

/** What the customer sees, in one snapshot. Where nobody can say what tax they pay at this moment, they see what has none. */
export async function describeOpened(
  services: PortalServices,
  { context, session }: OpenedPortal,
  before?: string,
): Promise<PortalView> {
  const seen = (isTaxKnown: boolean) =>
    inTransaction(services.db, (tx) => describePortal(tx, context, services, session, { before, isTaxKnown }), {
      isolation: 'repeatable read',
      readOnly: true,
    })
  try {
    return await services.taxes.knowing(() => seen(true))
  } catch (error) {
    if (error instanceof TaxNotKnown) return seen(false)
    throw error
  }
}
