import type { Told } from '#payments/notification.ts'

/** A notification of dLocal: its id, its kind, and what it is about. */
export type DlocalNotification = { readonly id: string; readonly type: string; readonly told: Told }

/**
 * Reads the body of a notification: a payment, or a refund or a chargeback of one. `isOfRefund`: it came to the address that refunds are
 * told at. dLocal gives none an id of its own: it is what it is about, in the state it has. Undefined for what is none of the three.
 */
export function readDlocalNotification(text: string, isOfRefund: boolean): DlocalNotification | undefined {
  const body = parsed(text)
  if (typeof body !== 'object' || body === null) return undefined
  const { id, status, order_id, payment_id, order_refund_id } = body as Record<string, unknown>
  if (typeof id !== 'string' || typeof status !== 'string') return undefined
  const attemptId = textOf(order_id)
  const told = (kind: string, about: Told) => ({ id: `${id}:${status}`, type: `${kind}.${status}`, told: about })
  if (payment_id === undefined) return told('payment', { attemptId })
  if (isOfRefund || order_refund_id !== undefined) {
    return told('refund', { attemptId, refundId: textOf(order_refund_id), isOfRefund: true })
  }
  return told('chargeback', { attemptId, disputeId: id })
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
