import { KeysRefused, ProviderUnreachable } from '#payments/provider.ts'
import { minorUnits } from '#payments/providers/dlocal/amounts.ts'
import type { DlocalPayment } from '#payments/providers/dlocal/dlocal-payment.ts'
import { askDlocal, type DlocalAnswer, type DlocalLine } from '#payments/providers/dlocal/requests.ts'

type DlocalOrder = {
  readonly order_id: string
  readonly payment_id?: string
  readonly status: string
  readonly amount: number
  readonly currency: string
}

/** The payment of an order, by our id; undefined when there is none. Throws where dLocal does not say. */
export async function findOrder(line: DlocalLine, orderId: string): Promise<DlocalPayment | undefined> {
  const found = await lookUpOrder(line, orderId)
  if (found !== 'refused') return found
  // A question without a body is refused for nothing else.
  throw keysRefused()
}

/** The same; `refused` where dLocal does not take the keys. */
export async function lookUpOrder(line: DlocalLine, orderId: string): Promise<DlocalPayment | undefined | 'refused'> {
  const order = await askDlocal<DlocalOrder & { readonly id?: string }>(line, 'GET', orderPath(orderId))
  if (!order.isTaken) return isUnknown(order) ? undefined : 'refused'
  // An order names its payment; the payment itself has the card.
  const id = order.body.payment_id ?? order.body.id
  return id === undefined ? undefined : findPayment(line, id)
}

/** A payment by dLocal's id. */
export async function findPayment(line: DlocalLine, id: string): Promise<DlocalPayment | undefined> {
  const payment = await askDlocal<DlocalPayment>(line, 'GET', `/payments/${encodeURIComponent(id)}`)
  if (payment.isTaken) return payment.body
  if (isUnknown(payment)) return undefined
  if (areKeysRefused(payment.status)) throw keysRefused()
  throw new ProviderUnreachable(`dLocal answered ${payment.status} to a question about a payment.`)
}

/** Asked at the same time: dLocal limits how many questions come in a second. */
const questionsAtOnce = 4

/** Those of some orders that were paid, with what for. dLocal has no list of its own. */
export async function paidOrders(line: DlocalLine, orderIds: readonly string[]) {
  const left = [...orderIds]
  const paid: { transaction: string; amount: bigint; currency: string }[] = []
  const lane = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      const order = await askDlocal<DlocalOrder>(line, 'GET', orderPath(id))
      if (!order.isTaken && !isUnknown(order)) throw keysRefused()
      if (!order.isTaken || order.body.status !== 'PAID') continue
      const { amount, currency } = order.body
      paid.push({ transaction: id, amount: minorUnits(amount, currency), currency: currency.toLowerCase() })
    }
  }
  await Promise.all(Array.from({ length: questionsAtOnce }, lane))
  return paid
}

/** Whether an answer says that the keys are not taken. */
export function areKeysRefused(status: number): boolean {
  return status === 401 || status === 403
}

/** What is thrown then. */
export function keysRefused(): KeysRefused {
  return new KeysRefused('dLocal does not accept the keys of this connection.')
}

/** Whether there is nothing of the name. */
export function isUnknown(answer: DlocalAnswer<unknown>): boolean {
  return !answer.isTaken && answer.status === 404
}

const orderPath = (orderId: string): string => `/orders/${encodeURIComponent(orderId)}`
