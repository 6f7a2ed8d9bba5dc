import type { Db } from '#database/transaction.ts'
import type { CheckoutView } from '#hosted/actions/describe-checkout.ts'
import type { Org } from '#organisations/org.ts'
import { routeCheckout } from '#payments/actions/route-payment.ts'
import type { Attempt } from '#payments/attempt.ts'
import { findPublicSettings } from '#payments/connections.store.ts'
import { intakeOf, type ProviderName } from '#payments/provider.ts'
import { toStripeAmount } from '#payments/providers/stripe/amounts.ts'

type Chosen = { readonly provider: ProviderName | null; readonly connectionId: string | null }

/**
 * What a page needs to know of the provider before the card is typed, or of the one where an attempt waits for its customer: that
 * attempt goes on there, also where the connection takes nothing new any more.
 */
export async function providerFacts(
  db: Db,
  org: Org,
  chosen: Chosen,
  country: string | null,
  due: { readonly total: bigint; readonly currency: string; readonly attempt: Attempt | undefined },
): Promise<Pick<CheckoutView, 'provider' | 'intake' | 'publishableKey' | 'elementAmount'>> {
  const waiting = due.attempt?.state === 'requires_action' ? due.attempt : undefined
  const { provider, connectionId } = waiting ?? (await routeCheckout(db, org, chosen, country))
  const settings = connectionId === null ? {} : await findPublicSettings(db, org.id, connectionId)
  const intake = intakeOf[provider]
  const elementAmount = intake === 'element' ? toStripeAmount(due.total, due.currency) : null
  return { provider, intake, publishableKey: settings.publishableKey ?? null, elementAmount }
}

/** The authentication step: providers with a script of their own carry it out with it; the others have a page for it. */
export function actionOf(attempt: Attempt, actionUrl: (attempt: Attempt) => string): CheckoutView['action'] {
  const { provider, actionReference } = attempt
  if (intakeOf[provider] === 'element' && actionReference !== null)
    return { url: actionUrl(attempt), clientSecret: actionReference }
  return { url: actionUrl(attempt) }
}
