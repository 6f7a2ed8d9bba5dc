import type { ProviderFactories } from '#payments/connections.ts'
import type { PaymentProvider } from '#payments/provider.ts'
import { dlocalProvider } from '#payments/providers/dlocal/dlocal-provider.ts'
import type { SimulatedProcessor } from '#payments/providers/simulated/processor.ts'
import { stripeProvider } from '#payments/providers/stripe/stripe-provider.ts'

export type FactoryParts = {
  readonly publicUrl: string
  readonly machineNow: () => Temporal.Instant
  readonly processor: SimulatedProcessor
  readonly providerAddresses?: { readonly stripe?: string | undefined; readonly dlocal?: string | undefined }
}

/** How a connection's provider is built: part of the composition root. */
export function providerFactories({
  publicUrl,
  machineNow,
  processor,
  providerAddresses = {},
}: FactoryParts): ProviderFactories {
  return {
    stripe: ({ secretKey }, { mode }) => stripeProvider({ secretKey, mode, address: providerAddresses.stripe }),
    dlocal: (credentials, { orgId, id, organisationId, mode }) => {
      const base = `${publicUrl}/providers/dlocal/${orgId}/${id}`
      const notificationUrl = `${base}/webhook`
      const urls = { notificationUrl, refundUrl: `${notificationUrl}/refunds`, returnUrl: `${base}/return` }
      const line = { ...credentials, mode, machineNow, address: providerAddresses.dlocal }
      return dlocalProvider({ ...line, organisationId, ...urls })
    },
    // Connecting it is how it comes into use on the live side.
    commet: ({ mode }): PaymentProvider => ({ ...processor, modes: [mode] }),
  }
}
