import type * as z from 'zod'
import type { ShownCaps } from '#subscriptions/actions/show-spend-caps.ts'
import type { SpendCaps } from '#subscriptions/spend-caps.contract.ts'

export function toApiSpendCaps(
  { subscriptionId, currency, caps }: ShownCaps,
  livemode: boolean,
): z.output<typeof SpendCaps> {
  return {
    subscriptionId,
    currency,
    caps: caps.map(({ featureCode, amount, merchant, customer }) => ({
      featureCode,
      amount,
      merchantAmount: merchant,
      customerAmount: customer,
    })),
    object: 'spend_cap',
    livemode,
  }
}
