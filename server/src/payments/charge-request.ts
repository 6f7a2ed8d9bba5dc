import type { Org } from '#organisations/org.ts'
import type { Attempt, Purpose } from '#payments/attempt.ts'
import type { ChargeRequest } from '#payments/provider.ts'

const descriptions: Record<Purpose, string> = {
  first_invoice: 'Subscription start',
  trial_setup: 'Card for a trial',
  free_first_period: 'Card for a subscription',
  renewal: 'Subscription renewal',
  final_invoice: 'Final invoice of a subscription',
  credit_purchase: 'Credit pack',
  balance_topup: 'Balance top-up',
  recovery: 'Outstanding invoice',
  method_update: 'Another card',
  reactivation: 'Subscription begun anew',
  payment_link: 'Payment',
  payment_charge: 'Payment',
  addon_activation: 'Add-on',
  plan_change: 'Change of plan',
  plan_change_checkout: 'Change of plan',
}

/**
 * What the provider is asked for: always the same for the same attempt, so that asking again is recognised. The metadata
 * let a charge be found again from the provider's side alone, after a restored backup for instance.
 */
export function chargeRequest(org: Org, attempt: Attempt): ChargeRequest {
  return {
    idempotencyKey: attempt.id,
    kind: attempt.kind,
    token: attempt.providerToken,
    amount: attempt.amount,
    currency: attempt.currency,
    offSession: attempt.offSession,
    description: descriptions[attempt.purpose],
    payer: { email: attempt.customerEmail, name: attempt.customerName },
    metadata: {
      organisation: org.organisationId,
      mode: org.mode,
      transaction: attempt.id,
      purpose: attempt.purpose,
      customer: attempt.customerId,
      ...(attempt.subscriptionId === null ? {} : { subscription: attempt.subscriptionId }),
      ...(attempt.invoiceId === null ? {} : { invoice: attempt.invoiceId }),
    },
  }
}
