import { receiveProviderEvent } from '#payments/actions/receive-provider-event.ts'
import type { PaymentServices } from '#payments/services.ts'

/** Hears what providers have to tell that cannot call us. What came too early is told again. Gives how many were new. */
export async function hearProviders(services: PaymentServices, limit: number): Promise<number> {
  let recorded = 0
  for (const provider of Object.values(services.providers)) {
    for (const event of (await provider?.events?.unheard(limit)) ?? []) {
      const hearing = await receiveProviderEvent(services, event)
      if (hearing === 'recorded') recorded += 1
      if (hearing !== 'too_early') await provider?.events?.heard(event.id)
    }
  }
  return recorded
}
