import { ProviderUnreachable, type RefundRequest, type RefundResult } from '#payments/provider.ts'
import { majorUnits } from '#payments/providers/dlocal/amounts.ts'
import { type DlocalRefund, refundMade, refundStanding } from '#payments/providers/dlocal/dlocal-refund.ts'
import { areKeysRefused, findPayment, keysRefused } from '#payments/providers/dlocal/orders.ts'
import { askDlocal, type DlocalLine } from '#payments/providers/dlocal/requests.ts'

/**
 * Gives a payment back. Looked for first, among what the payment says was given back of it: dLocal promises nothing about a refund
 * that is asked for twice. One that is not decided yet throws: it is asked about again, and told of at `notificationUrl`. So do keys
 * that are not taken.
 */
export async function refundPayment(
  line: DlocalLine,
  notificationUrl: string,
  { idempotencyKey, chargeReference, amount, currency }: RefundRequest,
): Promise<RefundResult> {
  const payment = await findPayment(line, chargeReference)
  const earlier = refundMade(payment?.refunds ?? [], idempotencyKey)
  if (earlier) return decided(earlier)
  const asked = {
    payment_id: chargeReference,
    amount: majorUnits(amount, currency),
    currency: currency.toUpperCase(),
    order_refund_id: idempotencyKey,
    notification_url: notificationUrl,
  }
  const answer = await askDlocal<DlocalRefund>(line, 'POST', '/refunds', asked, { 'x-idempotency-key': idempotencyKey })
  if (answer.isTaken) return decided(answer.body)
  // It is asked for again: the money is to be given back once there are good keys.
  if (areKeysRefused(answer.status)) throw keysRefused()
  const { code, message = 'it gave no reason' } = answer.refusal
  const reason = `${message.replace(/\.$/, '')} (${code ?? answer.status})`
  return { outcome: 'failed', code: 'refund_refused', message: `The payment provider refused the refund: ${reason}.` }
}

function decided(refund: DlocalRefund): RefundResult {
  const standing = refundStanding(refund)
  if (standing) return standing
  throw new ProviderUnreachable(`dLocal has not decided about the refund ${refund.id} yet.`)
}
