import { type ProviderEvent, ProviderUnreachable } from '#payments/provider.ts'
import { minorUnits } from '#payments/providers/dlocal/amounts.ts'
import { chargebackOutcome, type DlocalChargeback } from '#payments/providers/dlocal/dlocal-chargeback.ts'
import type { DlocalPayment } from '#payments/providers/dlocal/dlocal-payment.ts'
import { findOrder, findPayment, isUnknown } from '#payments/providers/dlocal/orders.ts'
import { askDlocal, type DlocalLine } from '#payments/providers/dlocal/requests.ts'

type About = Pick<ProviderEvent, 'charge' | 'dispute'>

/**
 * How a chargeback stands. It may not say which payment it is about: then it is that of `transactionId`, which its signed notification
 * has named.
 */
export async function findChargeback(
  line: DlocalLine,
  organisationId: string,
  id: string,
  transactionId: string | undefined,
): Promise<About | undefined> {
  const answer = await askDlocal<DlocalChargeback>(line, 'GET', `/chargebacks/${encodeURIComponent(id)}`)
  if (isUnknown(answer)) return undefined
  if (!answer.isTaken) throw new ProviderUnreachable(`dLocal answered ${answer.status} to a question about ${id}.`)
  const chargeback = answer.body
  const outcome = chargebackOutcome(chargeback)
  const payment = await paymentOf(line, chargeback, transactionId)
  const transaction = chargeback.order_id ?? payment?.order_id
  const amount = chargeback.amount ?? payment?.amount
  const currency = chargeback.currency ?? payment?.currency
  if (outcome === undefined || transaction === undefined || amount === undefined || currency === undefined)
    return undefined
  return {
    charge: { organisationId, mode: line.mode, transactionId: transaction },
    dispute: {
      reference: id,
      amount: minorUnits(amount, currency),
      currency: currency.toLowerCase(),
      reason: chargeback.reason_description ?? chargeback.reason_code ?? null,
      outcome: outcome === 'open' ? null : outcome,
    },
  }
}

// Asked for only where the chargeback does not say all that is needed of it.
async function paymentOf(
  line: DlocalLine,
  { order_id, payment_id, amount, currency }: DlocalChargeback,
  transactionId: string | undefined,
): Promise<DlocalPayment | undefined> {
  if (order_id !== undefined && amount !== undefined && currency !== undefined) return undefined
  if (payment_id !== undefined) return findPayment(line, payment_id)
  return transactionId === undefined ? undefined : findOrder(line, transactionId)
}
