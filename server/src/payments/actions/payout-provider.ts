import type { Org } from '#organisations/org.ts'
import { routePayment } from '#payments/actions/route-payment.ts'
import type { ProviderName, ProviderPayouts } from '#payments/provider.ts'
import { availableProvider, type PaymentServices } from '#payments/services.ts'
import { Problem } from '#problem.ts'

/**
 * Who pays a side's money out: the provider of its default connection. 403 payouts_not_available_in_sandbox, 409
 * provider_unsupported where that provider pays out by its own rules, or there is none.
 */
export async function payoutProvider(
  services: PaymentServices,
  org: Org,
): Promise<{ readonly name: ProviderName; readonly payouts: ProviderPayouts }> {
  if (!org.livemode)
    throw new Problem('payouts_not_available_in_sandbox', 'Payouts move real money and exist in live mode only.')
  const route = await routePayment(services.db, org, { country: null })
  const provider = await availableProvider(services, org, route)
  if (provider.payouts) return { name: provider.name, payouts: provider.payouts }
  throw new Problem('provider_unsupported', `${provider.name} pays out by its own rules: see its dashboard.`)
}
