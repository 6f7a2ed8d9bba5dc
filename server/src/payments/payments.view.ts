import type * as z from 'zod'
import type { Context } from '#organisations/org.ts'
import type { Attempt } from '#payments/attempt.ts'
import { type Payment, statusOf, totalOf } from '#payments/payment.ts'
import type { Payment as ApiPayment } from '#payments/payments.contract.ts'

/** A payment as the API shows it. `customerId` is the customer's public name, `newest` the latest attempt to pay it. */
export function toApiPayment(
  payment: Payment,
  { org, links }: Pick<Context, 'org' | 'links'>,
  customerId: string | null,
  newest: Pick<Attempt, 'state'> | undefined,
): z.output<typeof ApiPayment> {
  return {
    id: payment.id,
    customerId,
    kind: payment.kind,
    status: statusOf(payment, newest),
    provider: payment.provider,
    amountSubtotal: payment.amountSubtotal,
    taxAmount: payment.taxAmount,
    amountTotal: totalOf(payment),
    currency: payment.currency,
    description: payment.description,
    metadata: payment.metadata,
    url: payment.kind === 'link' ? links.payment(org.id, payment.id) : null,
    expiresAt: payment.expiresAt,
    createdAt: payment.createdAt,
    updatedAt: payment.updatedAt,
    object: 'payment',
    livemode: org.livemode,
    invoiceId: payment.invoiceId,
  }
}
