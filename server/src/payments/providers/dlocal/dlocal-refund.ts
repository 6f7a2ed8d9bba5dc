import type { RefundResult } from '#payments/provider.ts'

/** What is read of a refund of dLocal. `order_refund_id` is our id of it. */
export type DlocalRefund = {
  readonly id: string
  readonly status: string
  readonly status_code?: string | number
  readonly status_detail?: string
  readonly order_refund_id?: string
}

/** How a refund stands; undefined while dLocal has not decided. */
export function refundStanding({
  id,
  status,
  status_code: code,
  status_detail: detail,
}: DlocalRefund): RefundResult | undefined {
  switch (status) {
    case 'SUCCESS':
      return { outcome: 'succeeded', reference: id }
    case 'REJECTED':
    case 'CANCELLED':
      return {
        outcome: 'failed',
        code: `refund_${status.toLowerCase()}`,
        message: `The payment provider refused the refund: ${detail ?? status} (${code ?? status}).`,
      }
    default:
      return undefined
  }
}

/**
 * The refund of a payment that was made under our id. Only whole payments are given back, so that one without an id of ours
 * is the one that was asked for, unless it came to nothing.
 */
export function refundMade(refunds: readonly DlocalRefund[], ourId: string): DlocalRefund | undefined {
  const ours = refunds.filter(({ order_refund_id: id }) => id === ourId)
  const unnamed = refunds.filter((one) => !one.order_refund_id && refundStanding(one)?.outcome !== 'failed')
  return ours.at(-1) ?? unnamed.at(-1)
}
