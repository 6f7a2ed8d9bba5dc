import type { Org } from '#organisations/org.ts'
import { routePayment } from '#payments/actions/route-payment.ts'
import type { PaymentRoute } from '#payments/connection.ts'
import { findPayoutAccount, type PayoutAccount } from '#payments/payouts.store.ts'
import { type ProviderPayouts, ProviderUnreachable } from '#payments/provider.ts'
import { availableProvider, type PaymentServices, providerOf } from '#payments/services.ts'
import { Problem } from '#problem.ts'

/** Who pays a side's money out, and how it is asked. */
export type PayoutProvider = PaymentRoute & { readonly payouts: ProviderPayouts }

/**
 * Who pays a side's money out: where its account was verified, the provider of its default connection before that. 403
 * payouts_not_available_in_sandbox, 409 provider_unsupported where that provider pays out by its own rules, or there is none.
 */
export async function payoutProvider(services: PaymentServices, org: Org): Promise<PayoutProvider> {
  if (!org.livemode)
    throw new Problem('payouts_not_available_in_sandbox', 'Payouts move real money and exist in live mode only.')
  const account = await findPayoutAccount(services.db, org.id)
  const route = account ? routeOf(account) : await routePayment(services.db, org, { country: null })
  const { name, payouts } = await availableProvider(services, org, route)
  if (payouts) return { ...route, payouts }
  throw new Problem('provider_unsupported', `${name} pays out by its own rules: see its dashboard.`)
}

/** Who is asked how a payout stands: also a connection that takes nothing new any more. */
export async function payoutsBegunAt(services: PaymentServices, orgId: string): Promise<ProviderPayouts | undefined> {
  const account = await findPayoutAccount(services.db, orgId)
  return account && (await providerOf(services, orgId, routeOf(account)))?.payouts
}

/** Asks a provider; 409 provider_unsupported while it does not answer. */
export async function reached<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof ProviderUnreachable)) throw error
    throw new Problem('provider_unsupported', 'The payment provider does not answer. Try again in a minute.')
  }
}

function routeOf({ provider, connectionId }: PayoutAccount): PaymentRoute {
  return { provider, connectionId }
}
